#!/usr/bin/env python3
"""Sessions with real BIRD and FRR: routes, attributes, kernels, withdrawals, both families."""
import time

from support import (Frr, NetworkTest, RouteWatch, Timeout, attributes, base, bgp, main, needs_bird, needs_frr, static4, static6)


class WithBird(NetworkTest):
    @needs_bird
    def test_ebgp_carries_both_families_and_all_attributes(self):
        a, b = self.pair(six=True)
        both = 'ipv4 { import all; export all; }; ipv6 { import all; export all; next hop self; };'
        kernel = 'ipv4 { import none; export all; }; } protocol kernel { ipv6 { import none; export all; };'
        ours = self.bgpd(a, base('10.0.0.1', kernel) + static4('192.168.1.0/24 blackhole') +
                         static6('fd00:1::/48 blackhole') + bgp('peer', '10.0.0.1', 65001, '10.0.0.2', 65002, '', both))
        bird = self.bird(b, base('10.0.0.2', kernel) + '''
protocol static { ipv4; route 192.168.2.0/24 blackhole {
  bgp_community.add((65002, 7)); bgp_large_community.add((65002, 1, 2)); bgp_ext_community.add((rt, 65002, 300));
  bgp_path.prepend(65099); bgp_origin = ORIGIN_INCOMPLETE; }; }
''' + static6('fd00:2::/48 blackhole') + bgp('peer', '10.0.0.2', 65002, '10.0.0.1', 65001, '', both.replace(
            'export all', 'export filter { bgp_med = 40; accept; }', 1)))
        ours.wait_established('peer')
        bird.wait_established('peer')
        self.eventually(lambda: attributes(ours, '192.168.2.0/24'), 'the route of BIRD arrives')
        found = attributes(ours, '192.168.2.0/24')
        self.assertEqual(found['BGP.as_path'], '65002 65099')
        self.assertEqual(found['BGP.origin'], 'Incomplete')
        self.assertEqual(found['BGP.med'], '40')
        self.assertEqual(found['BGP.community'], '(65002,7)')
        self.assertEqual(found['BGP.large_community'], '(65002, 1, 2)')
        self.assertEqual(found['BGP.ext_community'], '(rt, 65002, 300)')
        self.eventually(lambda: attributes(bird, '192.168.1.0/24').get('BGP.next_hop') == '10.0.0.1', 'our route at BIRD')
        self.assertEqual(attributes(bird, '192.168.1.0/24')['BGP.as_path'], '65001')
        self.assertNotIn('BGP.med', attributes(bird, '192.168.1.0/24'))
        self.eventually(lambda: a.gateways('fd00:2::/48') == ['fd00::2'], 'the IPv6 route is in our kernel')
        self.eventually(lambda: b.gateways('fd00:1::/48') == ['fd00::1'], "our IPv6 route is in BIRD's kernel")

    @needs_bird
    def test_reflector_between_two_bird_clients(self):
        s, p1, p2 = self.star(2)
        client = 'rr client; rr cluster id 1.2.3.4;'
        ours = self.bgpd(s, base('10.0.0.1', direct=True) + bgp('c1', '10.0.0.1', 65001, '10.0.0.2', 65001, client) +
                         bgp('c2', '10.0.0.1', 65001, '10.0.0.3', 65001, client))
        self.bird(p1, base('10.0.0.2', direct=True) + static4('192.168.1.0/24 blackhole') +
                  bgp('r', '10.0.0.2', 65001, '10.0.0.1', 65001, 'direct;',
                      'ipv4 { import all; export where source = RTS_STATIC; };'))
        second = self.bird(p2, base('10.0.0.3', direct=True) + bgp('r', '10.0.0.3', 65001, '10.0.0.1', 65001, 'direct;'))
        ours.wait_established('c1', 'c2')
        self.eventually(lambda: attributes(second, '192.168.1.0/24'), 'the reflected route arrives')
        found = attributes(second, '192.168.1.0/24')
        self.assertEqual(found['BGP.originator_id'], '10.0.0.2')
        self.assertEqual(found['BGP.cluster_list'], '1.2.3.4')
        self.assertEqual(found['BGP.next_hop'], '10.0.0.2')
        self.assertEqual(found['BGP.local_pref'], '100')

    @needs_bird
    def test_add_paths_gives_bird_every_path(self):
        s, p1, p2 = self.star(2)
        third = self.net.node('p3')
        self.net.lan((s, 'eth1', '10.0.1.1/24'), (third, 'eth0', '10.0.1.2/24'))
        ours = self.bgpd(s, base('10.0.0.1', direct=True) + bgp('u1', '10.0.0.1', 65001, '10.0.0.2', 65002) +
                         bgp('u2', '10.0.0.1', 65001, '10.0.0.3', 65003) +
                         bgp('listener', '10.0.1.1', 65001, '10.0.1.2', 65001, '',
                             'ipv4 { import all; export all; add paths tx; next hop self; };'))
        for node, asn in ((p1, 65002), (p2, 65003)):
            address = '10.0.0.%d' % (asn - 65000)
            self.bird(node, base(address) + static4('192.168.7.0/24 blackhole') +
                      bgp('r', address, asn, '10.0.0.1', 65001, '', 'ipv4 { import none; export where source = RTS_STATIC; };'))
        listener = self.bird(third, base('10.0.1.2', direct=True) + bgp(
            'r', '10.0.1.2', 65001, '10.0.1.1', 65001, '', 'ipv4 { import all; export none; add paths rx; };'))
        ours.wait_established('u1', 'u2', 'listener')
        self.eventually(lambda: {'65002', '65003'} <= {line.split(':')[1].strip() for _, line in
                                                       listener.ask('show route 192.168.7.0/24 all') if 'as_path' in line},
                        'both paths arrive')

    @needs_bird
    def test_a_restarted_peer_sends_everything_again(self):
        a, b = self.pair()
        ours = self.bgpd(a, base('10.0.0.1') + bgp('peer', '10.0.0.1', 65001, '10.0.0.2', 65002))
        config = base('10.0.0.2') + static4('192.168.2.0/24 blackhole') + bgp('peer', '10.0.0.2', 65002, '10.0.0.1', 65001)
        bird = self.bird(b, config)
        self.eventually(lambda: a.gateways('192.168.2.0/24') == ['10.0.0.2'], 'the route is in the kernel')
        bird.stop()
        self.eventually(lambda: a.route('192.168.2.0/24') is None, 'the route goes with the session')
        self.bird(b, config, name='again')
        self.eventually(lambda: a.gateways('192.168.2.0/24') == ['10.0.0.2'], 'the route is back', 40)
        self.assertTrue(ours.alive())

    @needs_bird
    def test_a_broken_connection_costs_bird_no_route_with_graceful_restart(self):
        a, b = self.pair()
        graceful = 'graceful restart on;'
        ours = self.bgpd(a, base('10.0.0.1') + static4('192.168.1.0/24 blackhole') +
                         bgp('peer', '10.0.0.1', 65001, '10.0.0.2', 65002, graceful))
        bird = self.bird(b, base('10.0.0.2') + static4('192.168.2.0/24 blackhole') +
                         bgp('peer', '10.0.0.2', 65002, '10.0.0.1', 65001, graceful + 'passive;'))  # no collisions
        self.eventually(lambda: a.route('192.168.2.0/24') and b.route('192.168.1.0/24'), 'routes flow', 40)
        watch = RouteWatch(b)
        sessions = ours.log().count(' established ')
        a.sh('ss', '-K', 'dst', '10.0.0.2', check=False)
        if not self.lost(ours):
            self.skipTest('this kernel cannot break a connection (ss -K)')
        self.eventually(lambda: ours.log().count(' established ') > sessions, 'the session is back', 40)
        ours.wait_established('peer')
        bird.wait_established('peer')
        time.sleep(1)  # what would be deleted is deleted when the session is back
        # BIRD's own OPEN has no Forwarding bit then, so RFC 4724 section 4.2 takes its routes from us for a moment.
        self.assertEqual(watch.deletions('192.168.1.0/24'), 0)

    def lost(self, daemon):
        try:
            self.eventually(lambda: 'session lost' in daemon.log(), 'the session is lost', 5)
            return True
        except Timeout:
            return False


class WithFrr(NetworkTest):
    CONFIG = '''
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.1 timers connect 2
 address-family ipv4 unicast
  network 172.16.0.0/16
  neighbor 10.0.0.1 route-map OUT out
 exit-address-family
route-map OUT permit 10
 set community 65002:77 no-export
'''

    @needs_frr
    def test_ebgp_with_frr_both_ways(self):
        a, b = self.pair()
        ours = self.bgpd(a, base('10.0.0.1') + static4('192.168.1.0/24 blackhole', '192.168.3.0/24 blackhole') +
                         bgp('tor', '10.0.0.1', 65001, '10.0.0.2', 65002))
        frr = Frr(b, self.CONFIG)
        self.eventually(lambda: frr.established('10.0.0.1'), 'FRR says Established', 60)
        self.eventually(lambda: len(frr.paths('192.168.1.0/24')) == 1, 'our route is at FRR')
        path = frr.paths('192.168.1.0/24')[0]
        self.assertEqual(path['aspath']['string'], '65001')
        self.assertEqual(path['nexthops'][0]['ip'], '10.0.0.1')
        self.eventually(lambda: a.gateways('172.16.0.0/16') == ['10.0.0.2'], "FRR's route is in our kernel")
        self.assertIn('(65002,77)', attributes(ours, '172.16.0.0/16')['BGP.community'])
        frr.vtysh('configure terminal', 'router bgp 65002', 'address-family ipv4 unicast', 'no network 172.16.0.0/16')
        self.eventually(lambda: a.route('172.16.0.0/16') is None, 'the withdrawal reaches our kernel')

    @needs_frr
    def test_rfc_8538_a_notification_of_frr_keeps_its_routes_and_a_hard_reset_does_not(self):
        a, b = self.pair()
        ours = self.bgpd(a, base('10.0.0.1') + bgp('tor', '10.0.0.1', 65001, '10.0.0.2', 65002,
                                                   'graceful restart on; graceful restart notification on;'))
        frr = Frr(b, self.CONFIG.replace(' no bgp network', """ bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 bgp graceful-restart notification
 no bgp hard-administrative-reset
 no bgp network"""))
        self.eventually(lambda: a.gateways('172.16.0.0/16') == ['10.0.0.2'], "FRR's route is in our kernel", 60)
        watch = RouteWatch(a)

        def clear():
            sessions = ours.log().count(' established ')
            frr.vtysh('clear bgp 10.0.0.1')
            self.eventually(lambda: ours.log().count(' established ') > sessions, 'the session is back', 60)
            self.eventually(lambda: a.gateways('172.16.0.0/16') == ['10.0.0.2'], 'the route is there')
            time.sleep(1)  # what would be deleted is deleted when the session is back

        clear()
        self.assertIn('routes=kept as stale', ours.log())
        self.assertEqual(watch.deletions('172.16.0.0/16'), 0)
        frr.vtysh('configure terminal', 'router bgp 65002', 'bgp hard-administrative-reset')
        clear()
        self.assertIn('routes=flushed', ours.log())
        self.assertEqual(watch.deletions('172.16.0.0/16'), 1)


if __name__ == '__main__':
    main()
