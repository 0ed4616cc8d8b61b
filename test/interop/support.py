"""What the interop tests share: which daemon is judged, the peers on this machine, pieces of configuration."""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'examples'))
sys.dont_write_bytecode = True
from netlab import BirdLike, ControlSocket, Frr, Network, Process, RouteWatch, Timeout, run, wait  # noqa: E402,F401

BGPD = os.environ.get('AVOCET_BGPD', os.path.join(ROOT, 'build', 'bgpd', 'bgpd'))
BGPCTL = os.environ.get('AVOCET_BGPCTL', os.path.join(ROOT, 'build', 'bgpctl', 'bgpctl'))
CONFGEN = os.environ.get('AVOCET_CONFGEN', os.path.join(ROOT, 'build', 'confgen', 'confgen'))
BIRD = shutil.which('bird', path=os.environ.get('PATH', '') + ':/usr/sbin')
BIRDC = shutil.which('birdc', path=os.environ.get('PATH', '') + ':/usr/sbin')
FRR = os.path.exists('/usr/lib/frr/bgpd')

needs_bird = unittest.skipUnless(BIRD, 'no bird on this machine (Debian: bird2)')
# Also `ip -n` and `ip netns exec` make mounts of their own; our own tests do without.
needs_mounts = unittest.skipUnless(
    subprocess.run(['unshare', '-m', 'true'], stderr=subprocess.DEVNULL).returncode == 0,
    'needs a mount namespace: root, and not in a plain chroot')
needs_frr = unittest.skipUnless(FRR, 'no FRR on this machine (Debian: frr)')

TIMERS = 'connect delay time 1; connect retry time 2; error wait time 1, 3; error forget time 10;'


def base(router_id, kernel='ipv4 { import none; export all; };', direct=False):
    """Router id, device, kernel, and direct if wanted."""
    return '''router id %s;
protocol device { scan time 5; }
protocol kernel { scan time 10; %s }
%s''' % (router_id, kernel, 'protocol direct { ipv4; ipv6; }\n' if direct else '')


def static4(*routes):
    return 'protocol static { ipv4; %s }\n' % ' '.join('route %s;' % r for r in routes)


def static6(*routes):
    return 'protocol static { ipv6; %s }\n' % ' '.join('route %s;' % r for r in routes)


def bgp(name, local, local_as, neighbor, neighbor_as, body='', channels='ipv4 { import all; export all; };'):
    return 'protocol bgp %s { local %s as %d; neighbor %s as %d; %s %s %s }\n' % (
        name, local, local_as, neighbor, neighbor_as, TIMERS, body, channels)


def attributes(daemon, prefix):
    """{'BGP.as_path': '1 2', ...} of the best route of a prefix, as `show route all` tells it."""
    found = {}
    for code, line in daemon.ask('show route %s all' % prefix):
        if code in (1007, 1008, 1012) and ':' in line and line.startswith('\t'):
            key, _, value = line.strip().partition(':')
            found.setdefault(key, value.strip())
    return found


class Since:
    """When a session of BIRD began. BIRD works it out anew of two clocks for each answer, so that the same moment may differ
    by milliseconds from one answer to the next; sessions are made anew after a second at the earliest."""

    def __init__(self, text):
        hours, minutes, seconds = text.split(':')
        self.seconds = int(hours) * 3600 + int(minutes) * 60 + float(seconds)

    def __eq__(self, other):
        return isinstance(other, Since) and abs(self.seconds - other.seconds) < 0.2

    def __repr__(self):
        return 'second %.3f of the day' % self.seconds


def session_since(bird, name):
    """Since when a real BIRD has a session; None while it has none."""
    for code, line in bird.ask('show protocols ' + name):
        if code == 1002 and 'Established' in line:
            return Since(line.split()[4])
    return None


class NetworkTest(unittest.TestCase):
    """Gives each test a fresh network and takes it away."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest('needs root for network namespaces')
        self.net = Network('it')
        self.addCleanup(self.net.close)

    def pair(self, six=False):
        """Two nodes on one LAN: 10.0.0.1 and 10.0.0.2 (and fd00::1, fd00::2)."""
        nodes = [self.net.node('a'), self.net.node('b')]
        self.net.lan(*[(n, 'eth0', '10.0.0.%d/24' % i, *(['fd00::%d/64' % i] if six else []))
                       for i, n in enumerate(nodes, 1)])
        return nodes

    def star(self, count):
        """The judged node 10.0.0.1 and `count` peers 10.0.0.2 and up on one LAN."""
        nodes = [self.net.node('s')] + [self.net.node('p%d' % i) for i in range(1, count + 1)]
        self.net.lan(*[(n, 'eth0', '10.0.0.%d/24' % i) for i, n in enumerate(nodes, 1)])
        return nodes

    def bgpd(self, node, config, **kw):
        return BirdLike(node, BGPD, config, **kw)

    def bird(self, node, config, **kw):
        return BirdLike(node, BIRD, config, name=kw.pop('name', 'bird'), **kw)

    def eventually(self, condition, what, seconds=30):
        wait(condition, what, seconds)


def main():
    """Runs the tests of the calling file; exit status 77 (skipped, for meson) when none could run."""
    program = unittest.main(module='__main__', exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun and len(result.skipped) == result.testsRun else 0)
