#!/usr/bin/env python3
"""BFD against BIRD and FRR: sessions of every kind come up, and what depends on them ends when a link is cut.

The hold time of BGP is minutes here: what ends within seconds, BFD has ended. No test measures how many.
"""
import json
import os
import unittest

from support import BIRD, Frr, NetworkTest, Process, base, bgp, main, needs_bird, needs_frr, session_since, static4, wait

BFDD = '/usr/lib/frr/bfdd'
HOLD = 'hold time 240;'
FAST = 'interface "*" { interval 100 ms; multiplier 5; };'


def protocol(body=FAST):
    return 'protocol bfd b1 { %s }\n' % body


def states(daemon):
    """{neighbour: state} of `show bfd sessions`."""
    rows = [line.split() for code, line in daemon.ask('show bfd sessions') if code == 1020]
    return {row[0]: row[2] for row in rows if len(row) >= 4 and row[0] != 'IP'}


def details(daemon, address):
    """{'Session state': 'Up', ...} of one session; of two of a name, the last."""
    found = {}
    for _, line in daemon.ask('show bfd sessions all'):
        key, colon, value = line.strip().partition(':')
        if key == 'Address':
            mine = value.strip() == address
        if colon and value and mine:
            found[key] = value.strip()
    return found


def timeouts(daemon):
    """{neighbour: detection time as it is printed}; 2.0.12 tells no more of what the other side said."""
    rows = [line.split() for code, line in daemon.ask('show bfd sessions') if code == 1020]
    return {row[0]: row[-1] for row in rows if len(row) == 6}


def cut(a, b):
    """No packet reaches the other side any more, while the links stay up: each takes the other to have a card that nobody has."""
    a.ip('neigh', 'replace', '10.0.0.2', 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0', 'nud', 'permanent')
    b.ip('neigh', 'replace', '10.0.0.1', 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0', 'nud', 'permanent')


def mend(a, b):
    a.ip('neigh', 'del', '10.0.0.2', 'dev', 'eth0')
    b.ip('neigh', 'del', '10.0.0.1', 'dev', 'eth0')


class Sessions(NetworkTest):
    def is_up(self, daemon, address):
        self.eventually(lambda: states(daemon).get(address) == 'Up', lambda: 'BFD to %s is up; now %s' % (address, states(daemon)))

    def two(self, ours, theirs, body='', their_body='', options='bfd on;', their_options='bfd on;'):
        """bgpd and BIRD on one link, with a BGP session that BFD looks after on both sides."""
        a, b = self.pair(six=True)
        us = self.bgpd(a, base('10.0.0.1') + protocol(ours) + static4('192.0.2.0/24 blackhole') +
                       bgp('p', '10.0.0.1', 65001, '10.0.0.2', 65002, HOLD + options + body))
        them = self.bird(b, base('10.0.0.2') + protocol(theirs) + static4('198.51.100.0/24 blackhole') +
                         bgp('p', '10.0.0.2', 65002, '10.0.0.1', 65001, HOLD + their_options + their_body))
        us.wait_established('p')
        self.is_up(us, '10.0.0.2')
        self.is_up(them, '10.0.0.1')
        return a, b, us, them

    @needs_bird
    def test_a_cut_link_ends_the_bgp_session_long_before_its_hold_time(self):
        a, b, us, them = self.two(FAST, FAST)
        self.eventually(lambda: a.route('198.51.100.0/24'), 'the route is there')
        cut(a, b)
        self.eventually(lambda: not us.established('p'), 'the session ends')
        self.eventually(lambda: not a.route('198.51.100.0/24'), 'the route goes')
        text = us.text('show protocols all p')
        self.assertIn('BFD session down', text)
        self.assertIn('Last error:       Error: BFD session down', text)
        self.eventually(lambda: states(us) == {'10.0.0.2': 'Down'}, 'BFD is down')
        mend(a, b)
        self.is_up(us, '10.0.0.2')
        us.wait_established('p')

    @needs_bird
    def test_sessions_are_told_as_birdc_tells_them(self):
        a, b, us, them = self.two(FAST, FAST)
        self.eventually(lambda: details(us, '10.0.0.2').get('Multiplier') == '5', 'agreed')
        wanted = {'Session state': 'Up', 'Remote state': 'Up', 'Session type': 'Direct', 'Interface': 'eth0', 'Local diagnostic': 'None',
                  'Min TX interval': '0.100', 'Min RX interval': '0.100'}
        self.eventually(lambda: wanted.items() <= details(us, '10.0.0.2').items(), lambda: 'details: %s' % details(us, '10.0.0.2'))

        def shape(daemon):
            """Codes and columns; times differ."""
            rows = []
            for code, line in daemon.ask('show bfd sessions'):
                words = line.split()
                rows.append((code, len(line), words[:3] if words and words[0] != 'IP' else line) if words else (code, line))
            return rows

        ours, theirs = shape(us), shape(them)
        self.assertEqual([row[:2] for row in ours], [row[:2] for row in theirs])
        self.assertEqual(ours[1], theirs[1])
        self.assertEqual(us.ask('show bfd sessions b1')[0], (1020, 'b1:'))
        self.assertEqual(len(us.ask('show bfd sessions ipv6')), 3)
        self.assertEqual(len(us.ask('show bfd sessions address 10.0.0.0/24')), 4)
        self.assertEqual(len(us.ask('show bfd sessions interface "eth1"')), 3)
        told = json.loads(''.join(line for code, line in us.ask('show bfd sessions json') if code == 1100))
        self.assertEqual([(one['neighbor'], one['state'], one['type']) for one in told], [('10.0.0.2', 'Up', 'direct')])

    @needs_bird
    def test_graceful_keeps_the_routes_over_a_cut_link(self):
        restart = 'graceful restart on;'
        a, b, us, them = self.two(FAST, FAST, body=restart, their_body=restart, options='bfd graceful;')
        self.eventually(lambda: a.route('198.51.100.0/24'), 'the route is there')
        cut(a, b)
        self.eventually(lambda: not us.established('p'), 'the session ends')
        self.assertTrue(a.route('198.51.100.0/24'))
        self.assertIn('kept as stale', us.log())
        mend(a, b)
        us.wait_established('p')
        self.assertTrue(a.route('198.51.100.0/24'))

    @needs_bird
    def test_authentication_of_every_kind(self):
        kinds = ['simple', 'keyed md5', 'meticulous keyed md5', 'keyed sha1', 'meticulous keyed sha1']
        a, b = self.net.node('a'), self.net.node('b')
        for i in range(len(kinds)):
            self.net.lan((a, 'e%d' % i, '10.0.%d.1/24' % i), (b, 'e%d' % i, '10.0.%d.2/24' % i))
        patterns = ''.join('interface "e%d" { interval 100 ms; authentication %s; password "secret%d"; };' % (i, kind, i)
                           for i, kind in enumerate(kinds))
        daemons = []
        for node, run, own, other in ((a, self.bgpd, 1, 2), (b, self.bird, 2, 1)):
            neighbors = ''.join('neighbor 10.0.%d.%d;' % (i, other) for i in range(len(kinds)))
            daemons.append(run(node, base('10.0.0.%d' % own) + protocol(patterns + neighbors)))
        for i in range(len(kinds)):
            self.is_up(daemons[0], '10.0.%d.2' % i)
            self.is_up(daemons[1], '10.0.%d.1' % i)
        self.assertEqual(details(daemons[0], '10.0.4.2')['Type'], 'Meticulous keyed SHA1')
        # Another password on one side only: what is signed with it is refused.
        daemons[0].write(base('10.0.0.1') + protocol(patterns.replace('secret2', 'other') + ''.join('neighbor 10.0.%d.2;' % i for i in range(len(kinds)))))
        self.assertEqual(daemons[0].ask('configure')[-1][0], 3)
        self.eventually(lambda: states(daemons[0]).get('10.0.2.2') != 'Up', 'the session of the wrong password ends')
        self.eventually(lambda: 'wrong authentication code' in daemons[0].log(), 'and why is told')
        self.assertEqual(states(daemons[0])['10.0.1.2'], 'Up')

    @needs_bird
    def test_ipv6_global_and_link_local(self):
        a, b = self.pair(six=True)
        local = {node: [x['local'] for i in json.loads(node.ip('-j', 'addr', 'show', 'dev', 'eth0')) for x in i['addr_info'] if x['scope'] == 'link'][0]
                 for node in (a, b)}
        us = self.bgpd(a, base('10.0.0.1') + protocol(FAST + 'neighbor fd00::2; neighbor %s%%eth0;' % local[b]))
        them = self.bird(b, base('10.0.0.2') + protocol(FAST + 'neighbor fd00::1; neighbor %s%%eth0;' % local[a]))
        for address in ('fd00::2', local[b]):
            self.is_up(us, address)
        for address in ('fd00::1', local[a]):
            self.is_up(them, address)

    @needs_bird
    def test_multihop(self):
        a, r, b = [self.net.node(name) for name in 'arb']
        self.net.lan((a, 'eth0', '10.0.1.1/24'), (r, 'eth0', '10.0.1.254/24'))
        self.net.lan((b, 'eth0', '10.0.2.1/24'), (r, 'eth1', '10.0.2.254/24'))
        r.sysctl(ipv4__ip_forward=1)
        a.ip('route', 'add', '10.0.2.0/24', 'via', '10.0.1.254')
        b.ip('route', 'add', '10.0.1.0/24', 'via', '10.0.2.254')
        fast = protocol('multihop { interval 100 ms; multiplier 5; };')
        us = self.bgpd(a, base('10.0.1.1', direct=True) + fast + bgp('p', '10.0.1.1', 65001, '10.0.2.1', 65001, 'multihop; bfd on;' + HOLD))
        them = self.bird(b, base('10.0.2.1', direct=True) + fast + bgp('p', '10.0.2.1', 65001, '10.0.1.1', 65001, 'multihop; bfd on;' + HOLD))
        us.wait_established('p')
        self.is_up(us, '10.0.2.1')
        self.assertEqual(details(us, '10.0.2.1')['Session type'], 'Multihop')
        r.sysctl(ipv4__ip_forward=0)
        self.eventually(lambda: not us.established('p'), 'the session ends')
        self.assertIn('BFD session down', us.text('show protocols all p'))

    @needs_bird
    def test_a_static_route_is_there_while_its_gateway_answers(self):
        a, b = self.pair()
        us = self.bgpd(a, base('10.0.0.1') + protocol() + static4('192.0.2.0/24 via 10.0.0.2 bfd', '198.51.100.0/24 via 10.0.0.2'))
        self.eventually(lambda: a.route('198.51.100.0/24'), 'the route without bfd is there')
        self.assertIsNone(a.route('192.0.2.0/24'))
        self.assertIn('via 10.0.0.2 (bfd) (dormant)', us.text('show static'))
        self.bird(b, base('10.0.0.2') + protocol(FAST + 'neighbor 10.0.0.1;'))
        self.eventually(lambda: a.route('192.0.2.0/24'), 'the route comes with the session')
        cut(a, b)
        self.eventually(lambda: not a.route('192.0.2.0/24'), 'the route goes with the session')
        self.assertTrue(a.route('198.51.100.0/24'))
        mend(a, b)
        self.eventually(lambda: a.route('192.0.2.0/24'), 'and comes back')

    @needs_bird
    def test_a_reload_changes_intervals_without_losing_a_session(self):
        # BIRD 2.0.12's own BGP session would end with a BFD session that its neighbour does not want any more (2.17's does not).
        a, b, us, them = self.two(FAST, FAST + 'neighbor 10.0.0.1;', their_options='bfd off;')
        since = session_since(them, 'p')
        config = us.config_path
        with open(config) as f:
            text = f.read()
        us.write(text.replace('interval 100 ms; multiplier 5', 'interval 300 ms; multiplier 7'))
        told = us.text('configure')
        self.assertIn('b1: interface "*" (min rx interval 100 ms) -> "*" (min rx interval 300 ms, min tx interval 300 ms, multiplier 7); '
                      'applied at once', told)
        self.eventually(lambda: timeouts(them) == {'10.0.0.1': '2.100'}, 'BIRD has heard of it')
        self.eventually(lambda: '0.300' in us.text('show bfd sessions'), 'the interval is agreed')
        # Off and on again.
        us.write(text.replace('bfd on;', 'bfd off;'))
        self.assertIn('p: bfd on -> off; applied at once', us.text('configure'))
        self.eventually(lambda: states(them).get('10.0.0.1') == 'Down', 'the neighbour has no session')
        us.write(text)
        self.assertIn('p: bfd off -> on; applied at once', us.text('configure'))
        self.is_up(us, '10.0.0.2')
        self.is_up(them, '10.0.0.1')
        # The protocol itself, too.
        self.assertEqual(us.ask('disable b1')[0], (9, 'b1: disabled'))
        self.eventually(lambda: states(them).get('10.0.0.1') == 'Down', 'the neighbour has no session')
        us.ask('enable b1')
        self.is_up(us, '10.0.0.2')
        us.write(text.replace(protocol(), ''))
        us.ask('configure')
        us.write(text)
        us.ask('configure')
        self.is_up(us, '10.0.0.2')
        self.assertTrue(us.established('p'))
        self.assertEqual(session_since(them, 'p'), since)

    def test_a_neighbour_that_wants_no_bfd_any_more_is_no_failure(self):
        a, b = self.pair()
        us = self.bgpd(a, base('10.0.0.1') + protocol() + bgp('p', '10.0.0.1', 65001, '10.0.0.2', 65002, HOLD + 'bfd on;'))
        text = base('10.0.0.2') + protocol() + bgp('p', '10.0.0.2', 65002, '10.0.0.1', 65001, HOLD + 'bfd on;')
        them = self.bgpd(b, text, name='other')
        us.wait_established('p')
        self.is_up(us, '10.0.0.2')
        for command, without in (('configure', text.replace('bfd on;', '')), ('configure', text.replace(protocol(), '')), ('disable b1', text)):
            them.write(without)
            them.ask(command)
            self.eventually(lambda: states(us) == {'10.0.0.2': 'Down'}, 'the session is down')
            self.assertEqual(details(us, '10.0.0.2')['Local diagnostic'], 'Neighbor down')
            them.write(text)
            them.ask('configure' if command == 'configure' else 'enable b1')
            self.is_up(us, '10.0.0.2')
        self.assertEqual(us.log().count('established peer'), 1)
        self.assertEqual(them.log().count('established peer'), 1)

    @needs_bird
    def test_options_of_the_bgp_session_win_over_those_of_the_interface(self):
        a, b, us, them = self.two('', FAST, options='bfd { interval 200 ms; multiplier 9; };')
        self.eventually(lambda: timeouts(them) == {'10.0.0.1': '1.800'}, 'both are told')
        self.eventually(lambda: details(us, '10.0.0.2').get('Session state') == 'Up' and '0.200' in us.text('show bfd sessions'), 'the interval holds')

    @needs_bird
    def test_packets_from_further_away_are_refused_and_strict_bind_listens_on_its_address(self):
        a, b, us, them = self.two(FAST + 'strict bind on;', FAST)
        listening = a.sh('ss', '-Hlun')
        self.assertIn('10.0.0.1%eth0:3784', listening)
        self.assertNotIn('4784', listening)
        packet = bytes([0x20, 0x40, 3, 24]) + (1).to_bytes(4, 'big') + bytes(16)
        b.sh('python3', '-c', 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64);'
             's.sendto(bytes.fromhex("%s"), ("10.0.0.1", 3784))' % packet.hex())
        self.eventually(lambda: 'packet refused: wrong TTL (64) from=10.0.0.2' in us.log(), 'the refusal is told')
        self.assertEqual(states(us), {'10.0.0.2': 'Up'})


@needs_frr
@unittest.skipUnless(os.path.exists(BFDD), 'no bfdd on this machine (Debian: frr)')
class Bfdd(NetworkTest):
    def test_bgp_with_frr_and_its_bfdd(self):
        a, b = self.pair()
        directory = os.path.join(self.net.dir, 'b-frr')
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o777)
        conf = os.path.join(directory, 'bfdd.conf')
        with open(conf, 'w') as f:
            f.write('hostname frr\nbfd\n peer 10.0.0.1\n  receive-interval 100\n  transmit-interval 100\n  detect-multiplier 5\n !\n!\nline vty\n')
        frr = Frr(b, 'router bgp 65002\n bgp router-id 10.0.0.2\n no bgp ebgp-requires-policy\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 timers 60 240\n'
                     ' neighbor 10.0.0.1 bfd\n address-family ipv4 unicast\n  network 198.51.100.0/24\n exit-address-family\n no bgp network import-check\n')
        bfdd = Process(b, 'bfdd', [BFDD, '-f', conf, '-z', os.path.join(directory, 'zserv'), '-i', directory + '/bfdd.pid', '--vty_socket', directory,
                                   '--bfdctl', directory + '/bfdd.sock', '-P', '0'])
        us = self.bgpd(a, base('10.0.0.1') + protocol() + bgp('p', '10.0.0.1', 65001, '10.0.0.2', 65002, HOLD + 'bfd on;'))
        us.wait_established('p')
        wait(lambda: states(us).get('10.0.0.2') == 'Up', lambda: 'BFD with bfdd is up: %s %s' % (us.text('show bfd sessions all'), bfdd.log()))
        self.eventually(lambda: a.route('198.51.100.0/24'), 'the route is there')
        bfdd_sees = frr.vtysh('show bfd peers')
        self.assertIn('Status: up', bfdd_sees)
        cut(a, b)
        self.eventually(lambda: not us.established('p'), 'the session ends')
        self.eventually(lambda: not a.route('198.51.100.0/24'), 'the route goes')


if __name__ == '__main__':
    main()
