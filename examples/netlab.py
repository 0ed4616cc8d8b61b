"""Small networks of namespaces on one Linux machine, for the examples and the interop tests.

Every namespace's name is unique to a run; the machine's own network is not touched. Needs root, iproute2 and util-linux.
"""
import json
import os
import random
import re
import shutil
import signal
import socket
import string
import subprocess
import tempfile
import threading
import time


def run(argv, check=True, stdin=None, timeout=30):
    done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    if check and done.returncode:
        raise RuntimeError('%s: exit %d: %s' % (' '.join(argv), done.returncode, done.stdout.strip()))
    return done.stdout


class Timeout(Exception):
    """Something that was waited for did not happen."""


def wait(condition, what, seconds=30, every=0.02):
    """The first true value of condition(); Timeout with the words of `what` when it does not come."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Timeout('not within %g s: %s' % (seconds, what() if callable(what) else what))
        time.sleep(every)


class Node:
    """One namespace."""

    def __init__(self, net, name):
        self.net, self.name, self.ns = net, name, '%s-%s' % (net.id, name)

    def ip(self, *words, check=True):
        return self.sh('ip', *[str(w) for w in words], check=check)

    def sh(self, *argv, check=True, timeout=30):
        return run(self.enter(argv), check=check, timeout=timeout)

    def enter(self, argv):
        # Not `ip netns exec` nor `ip -n`: both make mounts of their own, which fails where / is a plain chroot.
        return ['nsenter', '--net=/run/netns/' + self.ns] + list(argv)

    def sysctl(self, **settings):
        for key, value in settings.items():
            path = '/proc/sys/net/' + key.replace('__', '/')
            self.sh('sh', '-c', 'echo %s > %s' % (value, path))

    def routes(self, family=4, **want):
        """Routes of the main table as `ip -j` tells them; want: protocol='bird', dst='...'."""
        text = self.ip('-%d' % family, '-j', 'route', 'show', 'table', 'main')
        return [r for r in json.loads(text or '[]') if all(r.get(k) == v for k, v in want.items())]

    def route(self, prefix):
        """The route of a prefix or None. Host prefixes are written without length by `ip`."""
        family = 6 if ':' in prefix else 4
        bare = prefix.rsplit('/', 1)[0] if prefix.endswith(('/32', '/128')) else prefix
        found = self.routes(family, dst=bare)
        return found[0] if found else None

    def gateways(self, prefix):
        route = self.route(prefix)
        if not route:
            return []
        return sorted(h['gateway'] for h in route.get('nexthops', [route]) if 'gateway' in h)

    def ping(self, address, source=None, count=1):
        argv = ['ping', '-n', '-q', '-c', str(count), '-W', '1'] + (['-I', source] if source else []) + [address]
        return subprocess.run(self.enter(argv), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


class Process:
    """A program running inside a node; its output goes to a file in the run's directory."""

    def __init__(self, node, name, argv, env=None):
        self.node, self.name, self.argv, self.env = node, name, argv, env
        self.log_path = os.path.join(node.net.dir, '%s-%s.log' % (node.name, name))
        node.net.processes.append(self)
        self.start()

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.node.enter(self.argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=dict(os.environ, **(self.env or {})), start_new_session=True)

    def alive(self):
        return self.process.poll() is None

    def send(self, number):
        if self.alive():
            os.kill(self.process.pid, number)

    def stop(self, number=signal.SIGTERM, seconds=10):
        self.send(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(5)

    def log(self):
        with open(self.log_path, errors='replace') as f:
            return f.read()


class RouteWatch:
    """Notes when kernel routes of a node change: `ip monitor route` with the time each line arrived."""

    def __init__(self, node):
        self.lines, self.lock = [], threading.Lock()
        self.process = subprocess.Popen(node.enter(['stdbuf', '-oL', 'ip', '-N', 'monitor', 'route']), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        node.net.watches.append(self)
        threading.Thread(target=self._read, daemon=True).start()
        # A probe route proves that the monitor listens.
        def heard():
            node.ip('route', 'replace', 'blackhole', '203.0.113.254/32', 'metric', '9999')
            node.ip('route', 'del', 'blackhole', '203.0.113.254/32', 'metric', '9999')
            return self.seen('203.0.113.254', 0)
        wait(heard, 'ip monitor answers', 10)

    def _read(self):
        for line in self.process.stdout:
            with self.lock:
                self.lines.append((time.monotonic(), line.rstrip()))

    def seen(self, prefix, since, deleted=False):
        """When a route of this prefix was first added (or deleted) after `since`; None if it was not."""
        bare = prefix.rsplit('/', 1)[0] if prefix.endswith(('/32', '/128')) else prefix
        pattern = re.compile(r'^%s(?:\S+ )?%s ' % ('Deleted ' if deleted else '(?!Deleted )', re.escape(bare)))
        with self.lock:
            for when, line in self.lines:
                if when >= since and pattern.match(line + ' '):
                    return when
        return None

    def deletions(self, prefix, since=0.0):
        bare = prefix.rsplit('/', 1)[0] if prefix.endswith(('/32', '/128')) else prefix
        pattern = re.compile(r'^Deleted (?:\S+ )?%s ' % re.escape(bare))
        with self.lock:
            return sum(1 for when, line in self.lines if when >= since and pattern.match(line + ' '))

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class ControlSocket:
    """One connection to a bgpd or BIRD: commands in, (code, text) lines out."""

    def __init__(self, path, seconds=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.buffer = b''
        self.greeting = self._reply()

    def _reply(self):
        lines, code = [], 0
        while True:
            while b'\n' not in self.buffer:
                data = self.socket.recv(65536)
                if not data:
                    raise ConnectionError('control socket closed')
                self.buffer += data
            line, _, self.buffer = self.buffer.partition(b'\n')
            line = line.decode(errors='replace')
            if line.startswith('+'):
                continue
            if re.match(r'\d{4}[ -]', line):
                code = int(line[:4])
                lines.append((code, line[5:]))
                if line[4] == ' ':
                    return lines
            else:
                lines.append((code, line[1:]))

    def command(self, text):
        self.socket.sendall(text.encode() + b'\n')
        return self._reply()

    def close(self):
        self.socket.close()


class BirdLike(Process):
    """bgpd, or a real BIRD: the same flags, language and control socket."""

    def __init__(self, node, program, config, name='bgpd', flags=()):
        directory = os.path.join(node.net.dir, '%s-%s' % (node.name, name))
        os.makedirs(directory, exist_ok=True)
        self.config_path, self.socket = os.path.join(directory, 'bgpd.conf'), os.path.join(directory, 'bgpd.ctl')
        if config is not None:
            self.write(config)
        super().__init__(node, name, [program, '-f', '-c', self.config_path, '-s', self.socket, '-P',
                                      os.path.join(directory, 'pid')] + list(flags))
        wait(self.answers, lambda: '%s answers on its control socket: %s' % (name, self.log()[-2000:]), 20)

    def write(self, config):
        with open(self.config_path, 'w') as f:
            f.write(config)

    def answers(self):
        if not self.alive():
            raise RuntimeError('%s on %s ended at start: %s' % (self.name, self.node.name, self.log()[-2000:]))
        try:
            ControlSocket(self.socket, 2).close()
            return True
        except OSError:
            return False

    def ask(self, command, socket=None):
        connection = ControlSocket(socket or self.socket)
        try:
            return connection.command(command)
        finally:
            connection.close()

    def text(self, command):
        return '\n'.join(text for _, text in self.ask(command))

    def established(self, name):
        return any(code == 1002 and line.split()[:1] == [name] and 'Established' in line
                   for code, line in self.ask('show protocols'))

    def wait_established(self, *names, seconds=40):
        for name in names:
            wait(lambda: self.established(name),
                 lambda: '%s on %s is Established; now: %s' % (name, self.node.name, self.text('show protocols ' + name)),
                 seconds, 0.05)


class Frr(Process):
    """FRR's bgpd with zebra, so that it has kernel routes too."""

    def __init__(self, node, config, program_dir='/usr/lib/frr'):
        directory = os.path.join(node.net.dir, '%s-frr' % node.name)
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o777)
        self.vty = directory
        path = os.path.join(directory, 'bgpd.conf')
        with open(path, 'w') as f:
            f.write('hostname frr\n%s\nline vty\n' % config)
        os.chmod(path, 0o644)
        zebra_conf = os.path.join(directory, 'zebra.conf')
        open(zebra_conf, 'w').close()
        zserv = os.path.join(directory, 'zserv')
        self.zebra = Process(node, 'zebra', [program_dir + '/zebra', '-f', zebra_conf, '-z', zserv, '-i', directory + '/zebra.pid',
                                             '--vty_socket', directory, '-P', '0'])
        wait(lambda: os.path.exists(zserv), lambda: 'zebra listens: ' + self.zebra.log()[-500:], 20)
        super().__init__(node, 'frr', [program_dir + '/bgpd', '-f', path, '-z', zserv, '-i', directory + '/bgpd.pid',
                                       '--vty_socket', directory, '-P', '0'])

    def vtysh(self, *commands):
        argv = ['vtysh', '--vty_socket', self.vty]
        for command in commands:
            argv += ['-c', command]
        return self.node.sh(*argv, check=False)

    def json(self, command):
        try:
            return json.loads(self.vtysh(command + ' json'))
        except ValueError:
            return {}

    def established(self, address):
        return self.json('show bgp neighbors %s' % address).get(address, {}).get('bgpState') == 'Established'

    def paths(self, prefix):
        family = 'ipv6' if ':' in prefix else 'ipv4'
        return self.json('show bgp %s unicast %s' % (family, prefix)).get('paths', [])

    def stop(self, *args, **kw):
        status = super().stop(*args, **kw)
        self.zebra.stop()
        return status


class Network:
    """A run: makes nodes and wires, and takes everything away at the end."""

    def __init__(self, prefix='av', keep=False):
        self.id = prefix + ''.join(random.choice(string.ascii_lowercase) for _ in range(4))
        self.dir = tempfile.mkdtemp(prefix='avocet-%s-' % self.id)
        os.chmod(self.dir, 0o755)
        self.keep, self.nodes, self.watches, self.processes, self.ports = keep, {}, [], [], 0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def node(self, name):
        node = Node(self, name)
        run(['ip', 'netns', 'add', node.ns])
        self.nodes[name] = node
        node.ip('link', 'set', 'lo', 'up')
        node.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1, ipv6__conf__all__accept_dad=0,
                    ipv6__conf__default__accept_dad=0, ipv4__fib_multipath_hash_policy=1)
        return node

    def wire(self, a, a_name, b, b_name):
        run(['ip', 'link', 'add', a_name, 'netns', a.ns, 'type', 'veth', 'peer', 'name', b_name, 'netns', b.ns])
        for node, name in ((a, a_name), (b, b_name)):
            node.ip('link', 'set', name, 'up')

    def lan(self, *members):
        """members: (node, 'eth0', address, ...): all on one bridge, which lives in a node of its own."""
        switch = self.nodes.get('switch') or self.node('switch')
        bridge = 'br%d' % self.ports
        switch.ip('link', 'add', bridge, 'type', 'bridge')
        switch.ip('link', 'set', bridge, 'up')
        for node, name, *addresses in members:
            self.ports += 1
            port = 'p%d' % self.ports
            self.wire(node, name, switch, port)
            switch.ip('link', 'set', port, 'master', bridge)
            for address in addresses:
                node.ip('addr', 'add', address, 'dev', name, *(['nodad'] if ':' in address else []))

    def pod(self, node, name, *addresses):
        """A workload as Calico makes it: a namespace of its own, a veth, a host route on the node, 169.254.1.1 as its gateway."""
        pod = self.node(name)
        interface = 'cali' + name[-10:]
        self.wire(node, interface, pod, 'eth0')
        node.ip('addr', 'add', '169.254.1.1/32', 'dev', interface, 'scope', 'link')
        node.ip('addr', 'add', 'fe80::1/64', 'dev', interface, 'nodad')
        pod.ip('route', 'add', '169.254.1.1', 'dev', 'eth0', 'scope', 'link')
        for address in addresses:
            six = ':' in address
            pod.ip('addr', 'add', address + ('/128' if six else '/32'), 'dev', 'eth0', *(['nodad'] if six else []))
            node.ip('route', 'add', address + ('/128' if six else '/32'), 'dev', interface, *([] if six else ['scope', 'link']))
            if six:
                pod.ip('-6', 'route', 'add', 'default', 'via', 'fe80::1', 'dev', 'eth0')
            else:
                pod.ip('route', 'add', 'default', 'via', '169.254.1.1', 'dev', 'eth0')
        return pod

    def close(self):
        for watch in self.watches:
            watch.stop()
        if self.keep:
            return
        for process in self.processes:
            if process.alive():
                process.process.kill()
                process.process.wait()
        for node in self.nodes.values():
            for pid in run(['ip', 'netns', 'pids', node.ns], check=False).split():
                if pid.isdigit() and int(pid) != os.getpid():
                    try:
                        os.kill(int(pid), signal.SIGKILL)
                    except ProcessLookupError:
                        pass
        for node in self.nodes.values():
            run(['ip', 'netns', 'del', node.ns], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


def remove_run(run_id):
    """Takes away what a run with keep=True left behind."""
    network = Network.__new__(Network)
    network.id, network.dir, network.keep, network.watches, network.processes = run_id, '', False, [], []
    names = [n[len(run_id) + 1:] for n in os.listdir('/run/netns') if n.startswith(run_id + '-')]
    network.nodes = {name: Node(network, name) for name in names}
    network.close()
