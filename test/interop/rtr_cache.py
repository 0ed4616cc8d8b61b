"""A cache of ROAs and ASPAs that does what a test tells it: RFC 6810, RFC 8210, draft-ietf-sidrops-8210bis.

Run inside a node: `rtr_cache.py ADDRESS PORT CONTROL`. Orders come as JSON lines on the control socket (a UNIX socket); what routers
say is kept and can be asked for.
"""
import ipaddress
import json
import os
import select
import socket
import struct
import sys

NOTIFY, SERIAL_QUERY, RESET_QUERY, RESPONSE, IPV4, IPV6, END, CACHE_RESET, ROUTER_KEY, ERROR, ASPA = 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11


def header(version, kind, field, length):
    return struct.pack('>BBHI', version, kind, field, length)


def prefix(version, announce, text):
    """`text`: "192.0.2.0/24-26 64500"."""
    net, asn = text.split()
    net, longest = net.rsplit('-', 1)
    net = ipaddress.ip_network(net)
    kind = IPV4 if net.version == 4 else IPV6
    body = struct.pack('>BBBB', announce, net.prefixlen, int(longest), 0) + net.network_address.packed + struct.pack('>I', int(asn))
    return header(version, kind, 0, 8 + len(body)) + body


def aspa(version, announce, customer, providers):
    body = struct.pack('>%dI' % (1 + len(providers)), customer, *providers)
    return header(version, ASPA, 0x100 if announce else 0, 8 + len(body)) + body


class Cache:
    def __init__(self):
        self.session, self.serial = 7, 1
        self.roas, self.aspas = [], {}   # what holds now
        self.changes = {}                # serial: PDUs that lead there from the serial before, as functions of the version
        self.speaks = [0, 1, 2]
        self.mute = False                # no answers at all
        self.no_data = False
        self.intervals = (3600, 600, 7200)
        self.heard = []                  # of routers: "1: reset", "1: serial 7 1", "1: error 6 ..."
        self.routers = {}                # socket: what is not read yet

    def all(self, version):
        data = [prefix(version, 1, roa) for roa in self.roas]
        if version >= 2:
            data += [aspa(version, 1, int(customer), providers) for customer, providers in sorted(self.aspas.items())]
        return data

    def end(self, version):
        if version == 0:
            return header(0, END, self.session, 12) + struct.pack('>I', self.serial)
        return header(version, END, self.session, 24) + struct.pack('>IIII', self.serial, *self.intervals)

    def answer(self, router, data, version):
        router.sendall(header(version, RESPONSE, self.session, 8) + b''.join(data) + self.end(version))

    def heard_from(self, router, version, kind, field, body):
        if version not in self.speaks and kind != ERROR:
            self.heard.append('%d: unsupported' % version)
            return router.sendall(header(max(self.speaks), ERROR, 4, 16) + struct.pack('>II', 0, 0))
        if kind == RESET_QUERY:
            self.heard.append('%d: reset' % version)
            if self.mute:
                return None
            if self.no_data:
                return router.sendall(header(version, ERROR, 2, 16) + struct.pack('>II', 0, 0))
            return self.answer(router, self.all(version), version)
        if kind == SERIAL_QUERY:
            serial, = struct.unpack('>I', body)
            self.heard.append('%d: serial %d %d' % (version, field, serial))
            if self.mute:
                return None
            wanted = range(serial + 1, self.serial + 1)
            if field != self.session or any(s not in self.changes for s in wanted):
                return router.sendall(header(version, CACHE_RESET, 0, 8))
            return self.answer(router, [make(version) for s in wanted for make in self.changes[s]], version)
        if kind == ERROR:
            length, = struct.unpack('>I', body[:4])
            text = body[8 + length:].decode()
            self.heard.append('%d: error %d %s' % (version, field, text))
        return None

    def order(self, name, **words):
        """What a test may tell; the answer is JSON."""
        return getattr(self, 'do_' + name)(**words)

    def do_set(self, **values):
        for key, value in values.items():
            setattr(self, key, value)

    def do_change(self, announce=(), withdraw=(), aspas=None, no_aspas=(), notify=True):
        """The next serial; `aspas`: {customer: providers}."""
        self.serial += 1
        steps = []
        for roa in withdraw:
            if roa in self.roas:
                self.roas.remove(roa)
            steps.append(lambda version, roa=roa: prefix(version, 0, roa))
        for roa in announce:
            self.roas.append(roa)
            steps.append(lambda version, roa=roa: prefix(version, 1, roa))
        for customer, providers in (aspas or {}).items():
            self.aspas[customer] = providers
            steps.append(lambda version, c=customer, p=providers: aspa(version, 1, int(c), p) if version >= 2 else b'')
        for customer in no_aspas:
            self.aspas.pop(customer, None)
            steps.append(lambda version, c=customer: aspa(version, 0, int(c), []) if version >= 2 else b'')
        self.changes[self.serial] = steps
        if notify:
            self.do_notify()

    def do_notify(self):
        for router, state in list(self.routers.items()):
            router.sendall(header(state['version'], NOTIFY, self.session, 12) + struct.pack('>I', self.serial))

    def do_send(self, hexadecimal):
        for router in self.routers:
            router.sendall(bytes.fromhex(hexadecimal))

    def do_drop(self):
        for router in list(self.routers):
            router.close()
        self.routers.clear()

    def do_heard(self):
        heard, self.heard = self.heard, []
        return heard

    def do_count(self):
        return len(self.routers)

    def read(self, router):
        state = self.routers[router]
        try:
            data = router.recv(65536)
        except OSError:
            data = b''
        if not data:
            router.close()
            del self.routers[router]
            return
        state['bytes'] += data
        while len(state['bytes']) >= 8:
            version, kind, field, length = struct.unpack('>BBHI', state['bytes'][:8])
            if len(state['bytes']) < length:
                return
            body, state['bytes'] = state['bytes'][8:length], state['bytes'][length:]
            state['version'] = version
            try:
                self.heard_from(router, version, kind, field, body)
            except OSError:  # it has hung up
                return


def serve(address, port, control):
    cache = Cache()
    listener = socket.create_server((address, port), family=socket.AF_INET6 if ':' in address else socket.AF_INET)
    orders = socket.socket(socket.AF_UNIX)
    orders.bind(control)
    orders.listen()
    while True:
        ready, _, _ = select.select([listener, orders] + list(cache.routers), [], [])
        for one in ready:
            if one is listener:
                router, _ = listener.accept()
                cache.routers[router] = {'bytes': b'', 'version': 1}
            elif one is orders:
                client, _ = orders.accept()
                with client, client.makefile('rw') as stream:
                    words = json.loads(stream.readline())
                    stream.write(json.dumps(cache.order(**words)) + '\n')
                    stream.flush()
            elif one in cache.routers:
                cache.read(one)


def tell(control, name, **words):
    """An order to a cache that runs; its answer."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(control)
        with client.makefile('rw') as stream:
            stream.write(json.dumps(dict(words, name=name)) + '\n')
            stream.flush()
            return json.loads(stream.readline())


if __name__ == '__main__':
    if os.path.exists(sys.argv[3]):
        os.unlink(sys.argv[3])
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
