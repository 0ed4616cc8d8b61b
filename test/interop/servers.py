"""What the tests of confgen's stores share: servers on this machine, a link that can be cut, certificates."""
import os
import signal
import socket
import ssl
import struct
import subprocess
import threading

from support import CONFGEN, Process, wait  # noqa: F401


def free_ports(count):
    """Ports nobody listens on. Held together, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def environment(more=None):
    """Ours without what would tell confgen of a datastore."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(('ETCD', 'DATASTORE', 'K8S', 'KUBE'))}
    return dict(clean, **(more or {}))


class Server(Process):
    """A program on this machine, in no namespace of its own; ends with the test."""

    def __init__(self, test, name, argv, env=None):
        self.argv, self.env = argv, env
        self.log_path = os.path.join(test.dir, '%s-%d.log' % (name, len(os.listdir(test.dir))))
        self.start()
        test.addCleanup(self.stop, signal.SIGKILL)

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(self.env))


class Relay:
    """A TCP link to a local port that a test can cut, and mend again."""

    def __init__(self, test, target):
        self.target, self.pairs, self.open = target, [], True
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        test.addCleanup(self.listener.close)
        test.addCleanup(self.cut)

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                near.close()
                continue
            try:
                far = socket.create_connection(('127.0.0.1', self.target))
            except OSError:
                near.close()
                continue
            self.pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self.copy, args=(a, b), daemon=True).start()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def drop(self):
        """Ends what is connected now; new connections are welcome."""
        for pair in self.pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                s.close()
        self.pairs = []

    def cut(self):
        self.open = False
        self.drop()

    def restore(self):
        self.open = True


class NameServer:
    """Answers SRV questions on an address of this machine: `records` has (port, target) by name."""
    address = '127.53.53.53'  # port 53 of another address may be somebody's

    def __init__(self, test, records):
        self.records = records
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind((self.address, 53))
        except OSError as error:
            self.socket.close()
            test.skipTest('port 53 of %s: %s' % (self.address, error))
        threading.Thread(target=self.answer, daemon=True).start()
        test.addCleanup(self.socket.close)

    @staticmethod
    def name(text):
        return b''.join(bytes([len(label)]) + label.encode() for label in text.split('.')) + b'\0'

    def answer(self):
        while True:
            try:
                question, asker = self.socket.recvfrom(4096)
            except OSError:
                return
            end = question.index(b'\0', 12) + 5
            asked = next((n for n in self.records if self.name(n).lower() == question[12:end - 4].lower()), None)
            found = self.records.get(asked, [])
            head = question[:2] + struct.pack('>5H', 0x8580 if found else 0x8583, 1, len(found), 0, 0)
            answers = b''
            for port, target in found:
                data = struct.pack('>3H', 0, 0, port) + self.name(target)
                answers += b'\xc0\x0c' + struct.pack('>2HIH', 33, 1, 1, len(data)) + data
            self.socket.sendto(head + question[12:end] + answers, asker)


class Authority:
    """A certificate authority, and the certificates of `make_ca`."""

    def __init__(self, directory):
        self.directory, self.ca = directory, directory + '/ca.pem'

    def cert(self, name):
        return '%s/%s.pem' % (self.directory, name)

    def key(self, name):
        return '%s/%s.key' % (self.directory, name)

    def context(self):
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(self.cert('client'), self.key('client'))
        return context


def make_ca(directory, **names):
    """An authority with a certificate for each NAME='DNS:...,IP:...'."""
    def openssl(*words):
        subprocess.run(('openssl',) + words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.makedirs(directory)
    ca = Authority(directory)
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
            '-subj', '/CN=test authority', '-keyout', ca.key('ca'), '-out', ca.ca)
    for name, alternatives in names.items():
        with open(directory + '/ext', 'w') as f:
            f.write('subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' % alternatives)
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=' + name,
                '-keyout', ca.key(name), '-out', directory + '/request')
        openssl('x509', '-req', '-in', directory + '/request', '-CA', ca.ca, '-CAkey', ca.key('ca'), '-CAcreateserial',
                '-days', '2', '-extfile', directory + '/ext', '-out', ca.cert(name))
    return ca
