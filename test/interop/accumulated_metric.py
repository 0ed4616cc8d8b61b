#!/usr/bin/env python3
"""AIGP (RFC 7311), judged against BIRD: what a router in the middle takes, adds and tells on must not depend on which of the two it is."""
import unittest

from support import BIRD, NetworkTest, attributes, base, bgp, main, needs_bird

NETS = {'10.1.0.0/24': 'igp_metric 20', '10.1.1.0/24': 'no metric', '10.1.2.0/24': 'igp_metric 4294967295'}
ORIGIN = '''protocol static { ipv4 { import filter {
  if net = 10.1.0.0/24 then igp_metric = 20;
  if net = 10.1.2.0/24 then igp_metric = 4294967295;
  accept; }; }; route 10.1.0.0/24 blackhole; route 10.1.1.0/24 blackhole; route 10.1.2.0/24 blackhole; }
'''
CHANNEL = 'ipv4 { import all; export all; %s };'


@needs_bird
class AccumulatedMetric(NetworkTest):
    """a (originates) - b (judged) - c (told)."""

    def chain(self, program, ab, bc, distance=7):
        """Options of b's sessions, and its distance to a. What c has of a's routes, and what b has of them."""
        a, b, c = (self.net.node(name) for name in 'abc')
        self.net.lan((a, 'eth0', '10.0.0.1/24'), (b, 'eth0', '10.0.0.2/24'))
        self.net.lan((b, 'eth1', '10.2.0.2/24'), (c, 'eth1', '10.2.0.3/24'))
        (ab_as, ab_options, ab_channel), (bc_as, bc_options, bc_channel) = ab, bc
        self.bird(a, base('10.0.0.1') + ORIGIN +
                  bgp('b', '10.0.0.1', ab_as, '10.0.0.2', 65000, 'direct;', CHANNEL % 'aigp originate; next hop self;'))
        self.middle_text = base('10.0.0.2', 'ipv4 { import none; export none; };') + '''protocol static { ipv4 { import filter { igp_metric = %d; accept; }; };
  route 10.0.0.0/24 via "eth0"; route 10.3.0.0/24 via "eth1"; }
''' + bgp('a', '10.0.0.2', 65000, '10.0.0.1', ab_as, ab_options, CHANNEL % ab_channel) + bgp(
            'c', '10.2.0.2', 65000, '10.2.0.3', bc_as, bc_options, CHANNEL % bc_channel)
        self.middle = getattr(self, program)(b, self.middle_text % distance)
        self.last = self.bird(c, base('10.2.0.3') + bgp('b', '10.2.0.3', bc_as, '10.2.0.2', 65000, '', CHANNEL % 'aigp on;'))
        self.eventually(lambda: all(attributes(self.last, net) for net in NETS), "a's routes reach c", 40)
        return self.seen()

    def seen(self):
        nets = list(NETS) + ['10.3.0.0/24']
        info = {}
        for net in NETS:
            line = self.middle.text('show route %s' % net).splitlines()[1]
            info[net] = line[line.rindex('('):]
        return {net: attributes(self.last, net).get('BGP.aigp') for net in nets}, info

    def same_as_bird(self, *what):
        theirs = self.chain('bird', *what)
        self.net.close()
        self.setUp()
        ours = self.chain('bgpd', *what)
        self.assertEqual(ours, theirs)
        return ours[0]

    def test_inside_an_as_it_is_taken_and_next_hop_self_adds_the_distance(self):
        seen = self.same_as_bird((65000, 'multihop;', ''), (65003, '', 'aigp on;'))
        self.assertEqual(seen['10.1.0.0/24'], '27')
        self.assertIsNone(seen['10.1.1.0/24'])

    def test_a_reflector_that_keeps_the_next_hop_adds_nothing(self):
        seen = self.same_as_bird((65000, 'multihop; rr client;', ''), (65000, 'rr client;', ''))
        self.assertEqual(seen['10.1.0.0/24'], '20')

    def test_an_external_neighbour_is_told_and_believed_only_where_it_is_enabled(self):
        self.assertEqual(self.same_as_bird((65001, 'direct;', 'aigp on;'), (65003, '', 'aigp on;'))['10.1.0.0/24'], '21')
        for ab, bc in (('', 'aigp on;'), ('aigp on;', '')):
            with self.subTest(ab=ab, bc=bc):
                self.net.close()
                self.setUp()
                seen = self.same_as_bird((65001, 'direct;', ab), (65003, '', bc))
                self.assertIsNone(seen['10.1.0.0/24'])

    def test_a_route_from_elsewhere_gets_it_with_originate(self):
        seen = self.same_as_bird((65000, 'multihop;', ''), (65003, '', 'aigp originate;'))
        self.assertEqual(seen['10.3.0.0/24'], '7')

    def test_a_changed_distance_is_told(self):
        self.chain('bgpd', (65000, 'multihop;', ''), (65003, '', 'aigp on;'))
        self.middle.write(self.middle_text % 9)
        self.middle.text('configure')
        self.eventually(lambda: attributes(self.last, '10.1.0.0/24').get('BGP.aigp') == '29', 'the new distance is in the metric')

    def test_switched_on_it_is_asked_for_again_and_the_sessions_go_on(self):
        self.chain('bgpd', (65001, 'direct;', 'aigp off;'), (65003, '', 'aigp on;'))
        since = [line.split()[4] for code, line in self.last.ask('show protocols b') if code == 1002]
        self.middle.write((self.middle_text % 7).replace('aigp off;', 'aigp on;'))
        self.assertNotIn('restart', self.middle.text('configure'))
        self.eventually(lambda: attributes(self.last, '10.1.0.0/24').get('BGP.aigp') == '21', 'the metric comes', 20)
        self.assertEqual(since, [line.split()[4] for code, line in self.last.ask('show protocols b') if code == 1002])


if __name__ == '__main__':
    main()
