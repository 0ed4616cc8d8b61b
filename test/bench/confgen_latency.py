#!/usr/bin/env python3
"""How long a change of the datastore needs until bgpd runs it, and until a neighbour hears of it.

    test/bench/confgen_latency.py [--nodes 1000] [--changes 200] [--cluster mesh|reflector] [--node n0] [--store yaml|etcd]
                                  [--confgen PROGRAM] [--bgpd PROGRAM] [--pause 0.2]

A full mesh, or a cluster whose nodes peer with the first four of them (n0 to n3 are route reflectors; n9 is a client). Each change
gives the node a block or takes it away, as pods come and go. The time runs from the moment the change is made (the rename of the
object's file, the answer of etcd) to confgen's word that bgpd has answered `configure`, and to the UPDATE that a neighbour of
bgpd's reads from its socket. All other neighbours do not exist. CPU time is told too: it says more than the clock on a busy machine.
"""
import argparse
import base64
import ctypes
import json
import multiprocessing
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'examples'))
sys.dont_write_bytecode = True
from netlab import BirdLike, Network, Process, wait  # noqa: E402

REFLECTORS = 4
KEYS = '/calico/resources/v3/projectcalico.org/'


def address(n):
    return '10.%d.%d.%d' % (n // 62500, n // 250 % 250, n % 250 + 1)


def resource(kind, name, spec, **metadata):
    return {'apiVersion': 'projectcalico.org/v3', 'kind': kind, 'metadata': dict(metadata, name=name), 'spec': spec}


def node(n, reflects):
    labels, bgp = {'kubernetes.io/hostname': 'n%d' % n}, {'ipv4Address': address(n) + '/8'}
    if reflects:
        labels['route-reflector'] = 'true'
        bgp['routeReflectorClusterID'] = '244.0.0.1'
    return resource('Node', 'n%d' % n, {'bgp': bgp}, labels=labels)


def objects(options):
    yield resource('IPPool', 'pods', {'cidr': '172.16.0.0/12'})
    if options.cluster == 'reflector':
        yield resource('BGPConfiguration', 'default', {'nodeToNodeMeshEnabled': False})
        yield resource('BGPPeer', 'reflectors', {'nodeSelector': 'all()', 'peerSelector': "route-reflector == 'true'"})
    for n in range(options.nodes):
        yield node(n, options.cluster == 'reflector' and n < REFLECTORS)


def as_yaml(value, indent=''):
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines += ['%s%s:' % (indent, key), as_yaml(item, indent + '  ')]
        else:
            lines.append('%s%s: %s' % (indent, key, json.dumps(item)))
    return '\n'.join(lines)


class YamlStore:
    def __init__(self, net, things):
        self.dir = os.path.join(net.dir, 'store')
        os.makedirs(self.dir)
        for thing in things:
            self.put(thing)
        self.flag = 'yaml:' + self.dir

    def path(self, kind, name):
        return '%s/%s-%s.yaml' % (self.dir, kind.lower(), name)

    def put(self, thing):
        path = self.path(thing['kind'], thing['metadata']['name'])
        with open(path + '.new', 'w') as f:
            f.write(as_yaml(thing) + '\n')
        start = time.monotonic()
        os.rename(path + '.new', path)
        return start

    def delete(self, kind, name):
        start = time.monotonic()
        os.unlink(self.path(kind, name))
        return start

    def stop(self):
        pass


class EtcdStore:
    def __init__(self, net, things):
        self.url = 'http://127.0.0.1:2379'
        self.process = subprocess.Popen(
            ['etcd', '--data-dir', os.path.join(net.dir, 'etcd'), '--log-level', 'error', '--listen-client-urls', self.url,
             '--advertise-client-urls', self.url, '--listen-peer-urls', 'http://127.0.0.1:2380'], stderr=subprocess.DEVNULL)
        wait(self.answers, 'etcd answers', 20)
        for thing in things:
            self.put(thing)
        self.flag = 'etcd:' + self.url

    def call(self, path, **body):
        request = urllib.request.Request(self.url + '/v3/' + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def answers(self):
        try:
            return self.call('maintenance/status')
        except OSError:
            return None

    @staticmethod
    def key(kind, name):
        if kind == 'BlockAffinity':  # Calico keeps these by node and CIDR
            node, n = name.split('-')
            return base64.b64encode(('/calico/ipam/v2/host/%s/ipv4/block/172.16.%s.0-26' % (node, n)).encode()).decode()
        plural = kind.lower() + 's'
        return base64.b64encode((KEYS + plural + '/' + name).encode()).decode()

    def put(self, thing):
        told = {'state': 'confirmed'} if thing['kind'] == 'BlockAffinity' else thing
        value = base64.b64encode(json.dumps(told).encode()).decode()
        self.call('kv/put', key=self.key(thing['kind'], thing['metadata']['name']), value=value)
        return time.monotonic()

    def delete(self, kind, name):
        self.call('kv/deleterange', key=self.key(kind, name))
        return time.monotonic()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Neighbour:
    """One neighbour that exists: it opens a session with bgpd and notes when each UPDATE is there."""

    def __init__(self, own, peer, asn=64512):
        self.heard, end = multiprocessing.Pipe(False)
        self.process = multiprocessing.Process(target=self.run, args=(own, peer, asn, end), daemon=True)
        self.process.start()
        wait(lambda: self.heard.poll(0) and self.heard.recv(), 'the session comes up', 60)

    @staticmethod
    def run(own, peer, asn, end):
        def message(kind, body=b''):
            return b'\xff' * 16 + struct.pack('!HB', 19 + len(body), kind) + body
        capabilities = b'\x01\x04\x00\x01\x00\x01' + b'\x41\x04' + struct.pack('!I', asn)
        parameters = b'\x02' + bytes([len(capabilities)]) + capabilities
        opening = message(1, struct.pack('!BHH4sB', 4, asn, 90, socket.inet_aton(own), len(parameters)) + parameters)

        def connect():
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((own, 0))
            s.connect((peer, 179))
            s.sendall(opening)
            return s

        def keep_alive(s):
            while True:
                time.sleep(20)
                s.sendall(message(4))

        def exactly(s, n):
            data = b''
            while len(data) < n:
                more = s.recv(n - len(data))
                if not more:
                    raise ConnectionError
                data += more
            return data
        while True:
            try:
                s = connect()
                while True:
                    length, kind = struct.unpack('!HB', exactly(s, 19)[16:])
                    body = exactly(s, length - 19)
                    now = time.monotonic()
                    if kind == 1:
                        s.sendall(message(4))
                    elif kind == 4 and s is not None:
                        threading.Thread(target=keep_alive, args=(s,), daemon=True).start()
                        end.send(now)
                    elif kind == 2 and len(body) > 4:  # no End-of-RIB
                        end.send(now)
            except OSError:
                time.sleep(0.2)

    def forget(self):
        while self.heard.poll(0):
            self.heard.recv()

    def first_after(self, start, seconds=5):
        while self.heard.poll(max(0, start + seconds - time.monotonic())):
            when = self.heard.recv()
            if when >= start:
                return when
        return None


class Cpu:
    """CPU time of a process and of those it has waited for, in seconds."""

    def __init__(self, pid):
        self.pid, self.start = pid, self.now(pid)

    @staticmethod
    def now(pid):
        with open('/proc/%d/stat' % pid) as f:
            fields = f.read().rsplit(')', 1)[1].split()
        ticks = os.sysconf('SC_CLK_TCK')
        return [sum(map(int, fields[i:i + 2])) / ticks for i in (11, 13)]

    def spent(self):
        return [b - a for a, b in zip(self.start, self.now(self.pid))]


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def summary(name, times):
    if not times:
        return '%s: never' % name
    return '%s: p50 %.1f ms, p99 %.1f ms, longest %.1f ms' % (name, percentile(times, .5), percentile(times, .99), max(times))


def memory(pid):
    with open('/proc/%d/status' % pid) as f:
        text = f.read()
    return tuple(int(re.search(field + r':\s+(\d+)', text).group(1)) / 1024 for field in ('VmRSS', 'VmHWM'))


def install_templates(net, options):
    confdir, installed = os.path.join(net.dir, 'confd'), os.path.join(net.dir, 'here-bgpd')
    os.makedirs(installed)
    shutil.copytree(os.path.join(ROOT, 'templates'), confdir)
    path = confdir + '/conf.d/bgpd.toml'
    with open(path) as f:
        text = f.read()
    with open(path, 'w') as f:
        f.write(text.replace('/etc/avocet', installed).replace('/run/avocet', installed).replace(
            '"bgpd -p', '"%s -p' % os.path.abspath(options.bgpd)))
    return confdir, installed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nodes', type=int, default=1000)
    parser.add_argument('--changes', type=int, default=200)
    parser.add_argument('--cluster', choices=('mesh', 'reflector'), default='mesh')
    parser.add_argument('--node', default='n0')
    parser.add_argument('--store', choices=('yaml', 'etcd'), default='yaml')
    parser.add_argument('--pause', type=float, default=1.05)
    parser.add_argument('--confgen', default=os.path.join(ROOT, 'build/confgen/confgen'))
    parser.add_argument('--bgpd', default=os.path.join(ROOT, 'build/bgpd/bgpd'))
    options = parser.parse_args()
    own = int(options.node[1:])
    other = 0 if own else REFLECTORS + 5
    with Network('cl') as net:
        here = net.node('here')
        for n in (own, other):
            here.ip('addr', 'add', address(n) + '/32', 'dev', 'lo')
        with open('/run/netns/' + here.ns) as f:
            ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0x40000000)  # CLONE_NEWNET
        store = (EtcdStore if options.store == 'etcd' else YamlStore)(net, objects(options))
        confdir, installed = install_templates(net, options)
        start = time.monotonic()
        confgen = Process(here, 'confgen', [os.path.abspath(options.confgen), '--confdir', confdir, '--store', store.flag,
                                            '--node', options.node])
        wait(lambda: os.path.exists(installed + '/bgpd.conf'), lambda: confgen.log()[-1000:], 60, 0.002)
        print('first configuration after %.0f ms, %d bytes' % ((time.monotonic() - start) * 1000,
                                                             os.path.getsize(installed + '/bgpd.conf')))
        bgpd = BirdLike(here, os.path.abspath(options.bgpd), None)
        wait(lambda: 'econfig' in confgen.log(), lambda: confgen.log()[-1000:], 30)
        neighbour = Neighbour(address(other), address(own))
        time.sleep(3)
        told, heard = [], []
        spent = [Cpu(confgen.process.pid), Cpu(bgpd.process.pid)]
        for n in range(options.changes):
            name, cidr = 'n%d-%d' % (own, n % 2), '172.16.%d.0/26' % (n % 2)
            before = os.path.getsize(confgen.log_path)
            neighbour.forget()
            if n % 4 < 2:
                start = store.put(resource('BlockAffinity', name, {'cidr': cidr, 'node': options.node, 'state': 'confirmed'}))
            else:
                start = store.delete('BlockAffinity', name)
            end = start + 20
            while os.path.getsize(confgen.log_path) == before and time.monotonic() < end:
                time.sleep(0.0003)
            told.append((time.monotonic() - start) * 1000)
            if when := neighbour.first_after(start):
                heard.append((when - start) * 1000)
            time.sleep(options.pause)  # each change is one of its own, and each gets its line in the log
        (confgen_cpu, checks), (bgpd_cpu, _) = (one.spent() for one in spent)
        print('%d nodes, %s, %s, on %s, %d changes' % (options.nodes, options.cluster, options.store, options.node, options.changes))
        print('  ' + summary('installed and reloaded', told))
        print('  ' + summary('UPDATE at the neighbour', heard) + ' (%d of %d)' % (len(heard), options.changes))
        print('  CPU per change: confgen %.1f ms, its checks %.1f ms, bgpd %.1f ms' % tuple(
            1000 * cpu / options.changes for cpu in (confgen_cpu, checks, bgpd_cpu)))
        print('  memory: confgen %.0f MB (most %.0f), bgpd %.0f MB (most %.0f)' % (
            memory(confgen.process.pid) + memory(bgpd.process.pid)))
        wrong = [line for line in confgen.log().splitlines() if 'error' in line]
        if wrong:
            print('\n'.join(wrong[:5]))
        store.stop()


if __name__ == '__main__':
    main()
