"""What peers are told, judged against BIRD: the same configuration runs under bgpd and under a real BIRD, and every peer
must end up with the same routes and attributes, whatever kind of peer it is and wherever the routes come from."""
import os
import re
import unittest

from support import BGPD, BIRD, BirdLike, ControlSocket, Network, main, needs_bird, wait

DUT_AS = 65000

# Each peer announces these /24s (third octet: number in this list) with what its export filter does to them.
CASES = [
    ('plain', ''),
    ('MED', 'bgp_med = 50;'),
    ('communities', 'bgp_community.add((65000,7)); bgp_large_community.add((65000,1,2)); bgp_ext_community.add((rt,1,2));'),
    ('NO_EXPORT', 'bgp_community.add((65535,65281));'),
    ('NO_ADVERTISE', 'bgp_community.add((65535,65282));'),
    ('NO_EXPORT_SUBCONFED', 'bgp_community.add((65535,65283));'),
    ('next hop of a third party', 'bgp_next_hop = 10.0.0.99;'),
    ('long path', 'bgp_path.prepend(64900); bgp_path.prepend(64900); bgp_path.prepend(64901);'),
    ('LOCAL_PREF', 'bgp_local_pref = 200;'),
    ('ORIGIN incomplete', 'bgp_origin = ORIGIN_INCOMPLETE;'),
    ('next hop off the link', 'bgp_next_hop = 192.0.2.9;'),
]


class Peer:
    """One neighbour: a real BIRD that announces CASES and shows what it was told."""

    def __init__(self, number, name, asn, kind, options='', own=''):
        self.number, self.name, self.asn, self.options, self.own = number, name, asn, options, own
        self.kind, self.address = kind, '10.0.0.%d' % number

    def prefix(self, case):
        return '10.%d.%d.0/24' % (100 + self.number, case)

    def config(self):
        steps = ''.join('    if net = %s then { %s }\n' % (self.prefix(i), edit) for i, (_, edit) in enumerate(CASES) if edit)
        routes = ' '.join('route %s blackhole;' % self.prefix(i) for i in range(len(CASES)))
        return '''router id %s;
protocol device { scan time 10; }
protocol static { ipv4; %s }
protocol bgp dut {
  local %s as %d; neighbor 10.0.0.1 as %d; connect delay time 0; connect retry time 1; error wait time 1, 2;
  passive; direct; allow bgp_local_pref on; %s
  ipv4 { import all; gateway recursive; export filter {
    if source != RTS_STATIC then reject;
%s    accept; }; };
}
''' % (self.address, routes, self.address, self.asn, DUT_AS, self.own, steps)


PEERS = [
    Peer(2, 'external1', 65001, 'ebgp'),
    Peer(3, 'external2', 65002, 'ebgp'),
    Peer(4, 'internal1', DUT_AS, 'ibgp'),
    Peer(5, 'internal2', DUT_AS, 'ibgp'),
    Peer(6, 'client1', DUT_AS, 'client', 'rr client;'),
    Peer(7, 'client2', DUT_AS, 'client', 'rr client;'),
    Peer(8, 'server1', 65008, 'rs', 'rs client;'),
    Peer(9, 'server2', 65009, 'rs', 'rs client;'),
    Peer(10, 'far', 65010, 'ebgp', 'multihop 3;', 'multihop 3;'),
]


def dut_config(channel='', body='', export='export all;', sessions=None):
    protocols = ''
    for peer in PEERS:
        gateway = '' if 'multihop' in peer.options else 'direct; '
        protocols += '''protocol bgp %s {
  local 10.0.0.1 as %d; neighbor %s as %d; connect delay time 0; connect retry time 1; error wait time 1, 2;
  %s%s %s %s
  ipv4 { import all; gateway recursive; %s %s };
}
''' % (peer.name, DUT_AS, peer.address, peer.asn, gateway, peer.options, body, (sessions or {}).get(peer.name, ''),
       export, channel)
    return '''router id 10.0.0.1;
protocol device { scan time 10; }
protocol direct { ipv4; interface "eth1"; }
protocol kernel { learn; scan time 10; ipv4 { import all; export none; }; }
protocol static {
  ipv4;
  route 10.50.1.0/24 blackhole;
  route 10.50.2.0/24 via 10.0.0.99;
  route 10.50.3.0/24 via "eth0";
  route 10.50.4.0/24 via 10.60.0.9;
  route 10.50.5.0/24 unreachable;
  route 10.50.6.0/24 recursive 10.0.0.99;
  route 10.50.7.0/24 via 10.0.0.98 via 10.0.0.99;
  route 10.50.8.0/24 blackhole { bgp_med = 33; bgp_local_pref = 44; bgp_community.add((1,2)); bgp_path.prepend(64999); };
  route 10.50.9.0/24 via 10.0.0.3;
}
%s''' % protocols


# What an operator may write into every channel, protocol or export filter.
VARIANTS = {
    'no options': {},
    'next hop self': dict(channel='next hop self;'),
    'next hop self ebgp': dict(channel='next hop self ebgp;'),
    'next hop self ibgp': dict(channel='next hop self ibgp;'),
    'next hop keep': dict(channel='next hop keep;'),
    'next hop keep ebgp': dict(channel='next hop keep ebgp;'),
    'next hop keep ibgp': dict(channel='next hop keep ibgp;'),
    'next hop self and keep': dict(channel='next hop self ebgp; next hop keep ibgp;'),
    'next hop address': dict(channel='next hop address 10.0.0.77;'),
    'default MED and LOCAL_PREF': dict(body='default bgp_med 10; default bgp_local_pref 70;'),
    'no community interpreted': dict(body='interpret communities off;'),
    'filter sets MED': dict(export='export filter { bgp_med = 50; accept; };'),
    'filter sets LOCAL_PREF': dict(export='export filter { bgp_local_pref = 300; accept; };'),
    'filter sets the next hop': dict(export='export filter { bgp_next_hop = 10.0.0.55; accept; };'),
    'filter sets next hop beside next hop self': dict(channel='next hop self;',
                                                      export='export filter { bgp_next_hop = 10.0.0.55; accept; };'),
    'filter prepends': dict(export='export filter { bgp_path.prepend(64999); accept; };'),
    'filter edits communities': dict(export='export filter { bgp_community.add((1,1)); bgp_community.delete([(65000,*)]); accept; };'),
    'filter sets ORIGIN': dict(export='export filter { bgp_origin = ORIGIN_EGP; accept; };'),
    'filter adds NO_EXPORT': dict(export='export filter { bgp_community.add((65535,65281)); accept; };'),
}

# Clusters of their own, roles, a confederation of which only our own AS is a part: options of single sessions.
SESSIONS = {
    'clusters': {'client1': 'rr cluster id 1.1.1.1;', 'client2': 'rr cluster id 2.2.2.2;'},
    'roles': {'external1': 'local role provider;', 'external2': 'local role customer;', 'far': 'local role peer;'},
    'confederation': {peer.name: 'confederation 64000;' for peer in PEERS if peer.kind in ('ibgp', 'client')},
    'LOCAL_PREF allowed': {peer.name: 'allow bgp_local_pref on;' for peer in PEERS if peer.asn != DUT_AS},
}


def to_ipv6(config):
    """The same configuration for IPv6; router ids stay."""
    lines = []
    for line in config.splitlines():
        if not line.startswith('router id'):
            line = re.sub(r'\b10\.(\d+)\.(\d+)\.0/24', r'2001:db8:\1:\2::/64', line)
            line = re.sub(r'\b10\.(\d+)\.0\.(\d+)', r'fd\1::\2', line.replace('10.0.0.', '10.00.0.'))
            line = line.replace('192.0.2.9', '2001:db8:ffff::9').replace('ipv4', 'ipv6')
        lines.append(line)
    return '\n'.join(lines) + '\n'


def told(daemon):
    """{prefix: [attribute lines]} of the routes that came over BGP."""
    connection = ControlSocket(daemon.socket)
    routes, lines = {}, None
    try:
        for code, line in connection.command('show route all protocol dut'):
            words = line.split()
            if code == 1007 and words and '/' in words[0]:
                lines = routes.setdefault(words[0], [])
            elif code == 1012 and lines is not None and line.strip().startswith('BGP.'):
                lines.append(line.strip())
    finally:
        connection.close()
    return {prefix: sorted(lines) for prefix, lines in routes.items()}


@needs_bird
class ExportRules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest('needs root for network namespaces')
        cls.net = Network('er')
        cls.addClassCleanup(cls.net.close)
        cls.dut = cls.net.node('dut')
        nodes = [cls.net.node(peer.name) for peer in PEERS]
        cls.net.lan((cls.dut, 'eth0', '10.0.0.1/24', 'fd00::1/64'),
                    *[(n, 'eth0', p.address + '/24', 'fd00::%d/64' % p.number) for n, p in zip(nodes, PEERS)])
        cls.net.lan((cls.dut, 'eth1', '10.60.0.1/24', 'fd60::1/64'))
        cls.dut.ip('route', 'add', '10.61.0.0/24', 'via', '10.0.0.99')
        cls.dut.ip('route', 'add', '10.62.0.0/24', 'dev', 'eth1')
        cls.dut.ip('route', 'add', '2001:db8:61::/64', 'via', 'fd00::99')
        cls.dut.ip('route', 'add', '2001:db8:62::/64', 'dev', 'eth1')
        cls.nodes = nodes
        cls.birds = []
        cls.speak(lambda config: config)

    @classmethod
    def speak(cls, translate):
        """Starts the peers with their configurations as translated."""
        for bird in cls.birds:
            bird.stop()
        cls.translate = staticmethod(translate)
        cls.birds = [BirdLike(n, BIRD, translate(p.config()), name='bird') for n, p in zip(cls.nodes, PEERS)]

    def run_under(self, program, config):
        """What each peer was told when all is quiet."""
        daemon = BirdLike(self.dut, program, config, name='dut')
        try:
            daemon.wait_established(*[peer.name for peer in PEERS])
            seen = []

            def settled():
                now = [told(bird) for bird in self.birds]
                seen.append(now)
                return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3] and all(now)
            wait(settled, 'the tables of the peers settle', 30, 0.3)
            return {peer.name: table for peer, table in zip(PEERS, seen[-1])}
        finally:
            daemon.stop()
            wait(lambda: not any(told(bird) for bird in self.birds), 'the peers forget the routes', 20, 0.1)

    def compare(self, config):
        config = self.translate(config)
        wanted, got = self.run_under(BIRD, config), self.run_under(BGPD, config)
        differences = []
        for peer in PEERS:
            for prefix in sorted(set(wanted[peer.name]) | set(got[peer.name])):
                theirs, ours = wanted[peer.name].get(prefix), got[peer.name].get(prefix)
                if theirs and 'multihop' in peer.options:  # BIRD sends link-local next hops to anybody; RFC 2545 section 3
                    theirs = [re.sub(r'^(BGP.next_hop: \S+) fe80:\S+$', r'\1', line) for line in theirs]
                if theirs != ours:
                    differences.append('%s is told %s\n  by BIRD %s\n  by bgpd %s' % (peer.name, prefix, theirs, ours))
        if differences:
            self.fail('\n'.join(['%d differences' % len(differences)] + differences[:40]))


def add_tests():
    for title, variant in VARIANTS.items():
        def test(self, variant=variant):
            self.compare(dut_config(**variant))
        setattr(ExportRules, 'test_' + title.replace(' ', '_'), test)
    for title, sessions in SESSIONS.items():
        def test(self, sessions=sessions):
            self.compare(dut_config(sessions=sessions))
        setattr(ExportRules, 'test_' + title.replace(' ', '_'), test)


add_tests()


class ExportRulesIpv6(ExportRules):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.speak(to_ipv6)

if __name__ == '__main__':
    main()
