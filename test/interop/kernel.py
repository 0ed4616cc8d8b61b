#!/usr/bin/env python3
"""The kernel's tables: what is installed, learned, repaired, kept and taken over. The judge is `ip`."""
import signal

from support import BIRD, NetworkTest, RouteWatch, base, bgp, main, needs_bird, static4, static6

LEARN = 'learn; ipv4 { import all; export all; };'


class Install(NetworkTest):
    def test_every_kind_of_route_is_installed_with_protocol_12_and_metric_32(self):
        a, _ = self.pair(six=True)
        self.bgpd(a, base('10.0.0.1', 'ipv4 { import none; export all; }; } protocol kernel { ipv6 { export all; };') +
                  static4('192.168.1.0/24 blackhole', '192.168.2.0/24 unreachable', '192.168.3.0/24 prohibit',
                          '192.168.4.0/24 via 10.0.0.2', '192.168.5.0/24 via "eth0"', '192.168.6.0/24 via 10.9.9.9 onlink',
                          '192.168.7.0/24 via 10.0.0.2 weight 3 via 10.0.0.3 weight 1').replace(
                              'via 10.9.9.9 onlink', 'via 10.9.9.9%eth0 onlink') +
                  static6('fd00:1::/48 blackhole', 'fd00:2::/48 unreachable', 'fd00:4::/48 via fd00::2'))
        self.eventually(lambda: len(a.routes(4, protocol='bird')) == 7, lambda: a.ip('route'))
        kinds = {r['dst']: r.get('type', 'unicast') for r in a.routes(4, protocol='bird')}
        self.assertEqual([kinds['192.168.%d.0/24' % i] for i in range(1, 6)],
                         ['blackhole', 'unreachable', 'prohibit', 'unicast', 'unicast'])
        self.assertEqual({r['metric'] for r in a.routes(4, protocol='bird')}, {32})
        self.assertIn('onlink', a.route('192.168.6.0/24')['flags'])
        self.assertEqual(sorted((h['gateway'], h['weight']) for h in a.route('192.168.7.0/24')['nexthops']),
                         [('10.0.0.2', 3), ('10.0.0.3', 1)])
        self.eventually(lambda: len(a.routes(6, protocol='bird')) == 3, lambda: a.ip('-6', 'route'))
        self.assertEqual(a.route('fd00:4::/48')['gateway'], 'fd00::2')

    def test_the_preferred_source_of_the_export_filter_reaches_the_kernel(self):
        a, _ = self.pair()
        a.ip('addr', 'add', '192.0.2.1/32', 'dev', 'lo')
        self.bgpd(a, base('10.0.0.1', 'ipv4 { import none; export filter { krt_prefsrc = 192.0.2.1; accept; }; };') +
                  static4('192.168.4.0/24 via 10.0.0.2'))
        self.eventually(lambda: (a.route('192.168.4.0/24') or {}).get('prefsrc') == '192.0.2.1', lambda: a.ip('route'))

    def test_a_route_removed_behind_our_back_comes_back_at_once(self):
        a, _ = self.pair()
        self.bgpd(a, base('10.0.0.1').replace('scan time 10', 'scan time 3') + static4('192.168.4.0/24 via 10.0.0.2'))
        self.eventually(lambda: a.route('192.168.4.0/24'), 'installed')
        a.ip('route', 'del', '192.168.4.0/24')
        self.eventually(lambda: a.route('192.168.4.0/24'), 'installed again', 8)

    def test_static_routes_follow_their_interface(self):
        a, b = self.pair()
        self.bgpd(a, base('10.0.0.1') + static4('192.168.4.0/24 via 10.0.0.2'))
        self.eventually(lambda: a.route('192.168.4.0/24'), 'installed')
        a.ip('link', 'set', 'eth0', 'down')
        self.eventually(lambda: a.route('192.168.4.0/24') is None, 'gone with the interface')
        a.ip('link', 'set', 'eth0', 'up')
        self.eventually(lambda: a.route('192.168.4.0/24'), 'back with the interface')

    def test_a_stop_removes_our_routes_and_persist_keeps_them(self):
        for persist, stays in (('', False), ('persist;', True)):
            with self.subTest(persist=persist):
                a = self.net.node('n%d' % stays)
                self.net.lan((a, 'eth0', '10.0.0.1/24'))
                ours = self.bgpd(a, base('10.0.0.1', persist + 'ipv4 { export all; };') + static4('192.168.1.0/24 blackhole'))
                self.eventually(lambda: a.route('192.168.1.0/24'), 'installed')
                self.assertEqual(ours.stop(), 0)
                self.assertEqual(a.route('192.168.1.0/24') is not None, stays)

    def test_what_a_killed_daemon_left_is_adopted_or_swept(self):
        a, _ = self.pair()
        config = base('10.0.0.1', 'persist; graceful restart; ipv4 { export all; };')
        ours = self.bgpd(a, config + static4('192.168.1.0/24 blackhole', '192.168.2.0/24 blackhole'))
        self.eventually(lambda: len(a.routes(4, protocol='bird')) == 2, 'installed')
        watch = RouteWatch(a)
        ours.stop(signal.SIGKILL)
        self.assertEqual(len(a.routes(4, protocol='bird')), 2)
        self.bgpd(a, config + static4('192.168.1.0/24 blackhole'), name='second')
        self.eventually(lambda: a.route('192.168.2.0/24') is None, 'what nobody wants is swept')
        self.assertEqual(watch.deletions('192.168.1.0/24'), 0)

    def test_a_route_of_somebody_else_is_never_touched(self):
        a, _ = self.pair()
        a.ip('route', 'add', 'blackhole', '192.168.1.0/24', 'metric', '32', 'proto', 'static')
        ours = self.bgpd(a, base('10.0.0.1') + static4('192.168.1.0/24 via 10.0.0.2', '192.168.2.0/24 via 10.0.0.2'))
        self.eventually(lambda: a.route('192.168.2.0/24'), 'the other route is installed')
        if BIRD != ours.argv[0]:
            self.eventually(lambda: '192.168.1.0/24' in ours.log() and 'EEXIST' in ours.log(), 'the log names net and errno')
        self.assertEqual([r.get('type') for r in a.routes(4, protocol='static')], ['blackhole'])
        ours.stop()
        self.assertEqual([r['dst'] for r in a.routes(4, protocol='static')], ['192.168.1.0/24'])


class Learn(NetworkTest):
    @needs_bird
    def test_alien_routes_are_announced_when_they_appear_and_withdrawn_when_they_go(self):
        a, b = self.pair()
        self.bgpd(a, base('10.0.0.1', LEARN).replace('scan time 10', 'scan time 600') +
                  bgp('p', '10.0.0.1', 65001, '10.0.0.2', 65002, '',
                      'ipv4 { import none; export where source = RTS_INHERIT; };'))
        self.bird(b, base('10.0.0.2') + bgp('p', '10.0.0.2', 65002, '10.0.0.1', 65001))
        a.ip('link', 'add', 'work0', 'type', 'veth', 'peer', 'name', 'work1')
        a.ip('link', 'set', 'work1', 'up')
        a.ip('link', 'set', 'work0', 'up')
        a.ip('route', 'add', '10.65.0.1/32', 'dev', 'work0')
        self.eventually(lambda: b.route('10.65.0.1/32'), 'the route reaches the neighbour', 40)
        a.ip('route', 'add', '10.65.0.2/32', 'dev', 'work0')
        self.eventually(lambda: b.route('10.65.0.2/32'), 'a second one follows', 3)
        a.ip('route', 'del', '10.65.0.1/32')
        self.eventually(lambda: b.route('10.65.0.1/32') is None, 'a removed one is withdrawn', 3)
        a.ip('link', 'set', 'work0', 'down')
        self.eventually(lambda: b.route('10.65.0.2/32') is None, 'a dead interface takes its routes along', 5)

    def test_the_lowest_metric_wins_and_its_attributes_are_shown(self):
        a, _ = self.pair()
        a.ip('route', 'add', '192.168.9.0/24', 'via', '10.0.0.7', 'metric', '300', 'proto', 'static')
        a.ip('route', 'add', '192.168.9.0/24', 'via', '10.0.0.8', 'metric', '200', 'proto', 'static')
        ours = self.bgpd(a, base('10.0.0.1', LEARN))
        self.eventually(lambda: 'via 10.0.0.8' in ours.text('show route 192.168.9.0/24 all'), 'the better one is learned')
        shown = ours.text('show route 192.168.9.0/24 all')
        self.assertIn('Kernel.metric: 200', shown)
        self.assertIn('Kernel.source: 4', shown)


class Ecmp(NetworkTest):
    @needs_bird
    def test_equal_paths_become_one_multipath_route_that_is_replaced_in_place(self):
        s, p1, p2 = self.star(2)
        self.bgpd(s, base('10.0.0.1', 'merge paths on limit 4; ipv4 { import none; export all; };') +
                  bgp('n1', '10.0.0.1', 65000, '10.0.0.2', 65001) + bgp('n2', '10.0.0.1', 65000, '10.0.0.3', 65001))
        peers = [self.bird(node, base(address) + static4('10.96.0.10/32 blackhole') +
                           bgp('r', address, 65001, '10.0.0.1', 65000, '', 'ipv4 { import none; export where source = RTS_STATIC; };'))
                 for node, address in ((p1, '10.0.0.2'), (p2, '10.0.0.3'))]
        self.eventually(lambda: s.gateways('10.96.0.10/32') == ['10.0.0.2', '10.0.0.3'], 'two next hops', 40)
        watch = RouteWatch(s)
        peers[0].stop()
        self.eventually(lambda: s.gateways('10.96.0.10/32') == ['10.0.0.3'], 'one next hop is left')
        self.assertEqual(watch.deletions('10.96.0.10/32'), 0)


if __name__ == '__main__':
    main()
