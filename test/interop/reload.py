#!/usr/bin/env python3
"""Live change and bad input: what must change changes, everything else goes on, every refusal says where and why."""
import os
import signal
import subprocess

from support import (BGPD, BIRD, NetworkTest, attributes, base, bgp, main, needs_bird, session_since, static4)


class Reload(NetworkTest):
    def setUp(self):
        super().setUp()
        self.a, self.b = self.pair()
        self.head = base('10.0.0.1') + static4('192.168.1.0/24 blackhole', '192.168.2.0/24 blackhole')
        self.peer = bgp('peer', '10.0.0.1', 65001, '10.0.0.2', 65002)

    def start(self):
        self.ours = self.bgpd(self.a, self.head + self.peer)
        self.theirs = self.bird(self.b, base('10.0.0.2') + static4('172.16.1.0/24 blackhole') +
                                bgp('peer', '10.0.0.2', 65002, '10.0.0.1', 65001))
        self.eventually(lambda: self.b.route('192.168.2.0/24') and self.a.route('172.16.1.0/24'), 'routes flow', 40)
        self.since = self.session_start()

    def session_start(self):
        return session_since(self.theirs, 'peer')

    def test_a_doubtful_configuration_starts_with_one_line_of_the_log_and_is_told_by_p(self):
        ours = self.bgpd(self.a, self.head + 'function nobody() { accept; }\n')
        if BIRD == ours.argv[0]:
            self.skipTest('BIRD does not warn')
        self.assertIn('warnings=1', ours.log())
        self.assertNotIn('warning:', ours.log())
        told = subprocess.run([BGPD, '-p', '-c', ours.config_path], capture_output=True, text=True)
        self.assertEqual(told.returncode, 0)
        self.assertIn("warning: function 'nobody' is never used", told.stderr)

    def test_a_protocol_that_the_configuration_disables_has_no_routes(self):
        ours = self.bgpd(self.a, self.head)
        self.eventually(lambda: self.a.route('192.168.1.0/24'), 'the static routes are there')
        ours.write(self.head.replace('protocol static {', 'protocol static { disabled;'))
        ours.ask('configure')
        self.eventually(lambda: not self.a.route('192.168.1.0/24'), 'they are gone')
        ours.write(self.head)
        ours.ask('configure')
        self.eventually(lambda: self.a.route('192.168.1.0/24'), 'they are back')

    def test_further_control_sockets_come_and_go_with_the_configuration(self):
        ours = self.bgpd(self.a, self.head)
        if BIRD == ours.argv[0]:
            self.skipTest('Debian 12 has a BIRD without further control sockets')
        path = ours.socket + '.public'
        ours.write(self.head + 'cli "%s" { restrict; };\n' % path)
        self.assertIn('cli: control sockets changed', ours.text('configure'))
        self.assertIn('static1', [line.split()[0] for code, line in ours.ask('show protocols', path) if code == 1002])
        self.assertEqual(ours.ask('configure', path), [(8007, 'Access denied')])
        ours.write(self.head + 'cli "%s";\n' % path)
        ours.text('configure')
        self.assertEqual(ours.ask('configure', path)[-1][0], 3)
        ours.write(self.head + 'cli "/nowhere/at/all";\n')
        told = ours.text('configure')
        self.assertIn("cannot bind control socket '/nowhere/at/all': No such file or directory", told)
        self.assertIn('Reconfigured', told)
        self.assertFalse(os.path.exists(path))

    @needs_bird
    def test_a_changed_export_filter_is_applied_by_sighup_without_touching_the_session(self):
        self.start()
        self.ours.write(self.head + self.peer.replace('export all', 'export where net = 192.168.1.0/24'))
        self.ours.send(signal.SIGHUP)
        self.eventually(lambda: self.b.route('192.168.2.0/24') is None, 'the filtered route is withdrawn')
        self.assertIsNotNone(self.b.route('192.168.1.0/24'))
        self.assertEqual(self.session_start(), self.since)

    @needs_bird
    def test_a_changed_import_filter_is_applied_without_touching_the_session(self):
        self.start()
        self.ours.write(self.head + self.peer.replace('import all', 'import filter { bgp_local_pref = 77; accept; }'))
        self.assertIn('Reconfigur', self.ours.text('configure'))
        self.eventually(lambda: attributes(self.ours, '172.16.1.0/24').get('BGP.local_pref') == '77', 'the new filter holds')
        self.assertEqual(self.session_start(), self.since)

    @needs_bird
    def test_changed_roas_judge_routes_again_both_ways_without_touching_the_session(self):
        self.start()
        judged = self.peer.replace('import all', 'import where roa_check(r, net, 65002) != ROA_INVALID').replace(
            'export all', 'export where roa_check(r, net, 65001) != ROA_INVALID')
        roas = 'roa4 table r;\nprotocol static roas { roa4 { table r; }; %s }\n'
        self.ours.write(self.head + roas % '' + judged)
        self.assertIn('Reconfigured', self.ours.text('configure'))
        self.ours.write(self.head + roas % 'route 172.16.0.0/16 max 24 as 65009; route 192.168.2.0/24 max 24 as 65009;' + judged)
        self.ours.text('configure')
        self.eventually(lambda: self.a.route('172.16.1.0/24') is None, 'a received route that became invalid goes')
        self.eventually(lambda: self.b.route('192.168.2.0/24') is None, 'an announced route that became invalid is withdrawn')
        self.assertIsNotNone(self.b.route('192.168.1.0/24'))
        self.ours.text('disable roas')
        self.eventually(lambda: self.a.route('172.16.1.0/24') and self.b.route('192.168.2.0/24'), 'without ROAs both are back')
        self.assertEqual(self.session_start(), self.since)

    @needs_bird
    def test_changed_aspas_judge_routes_again_without_touching_the_session(self):
        self.start()
        judged = self.peer.replace('import all', 'import where aspa_check_upstream(t) != ASPA_INVALID')
        aspas = 'aspa table t;\nprotocol static aspas { aspa { table t; }; %s }\n'
        self.ours.write(self.head + aspas % '' + judged)
        self.assertIn('Reconfigured', self.ours.text('configure'))
        self.assertIsNotNone(self.a.route('172.16.1.0/24'))
        self.ours.write(self.head + aspas % 'route aspa 65002 transit;' + judged)
        self.ours.text('configure')
        self.assertIn('65002 ', self.ours.text('show route table t'))
        self.assertIsNotNone(self.a.route('172.16.1.0/24'), 'the origin alone is no path to deny')
        prepended = judged.replace('import where', 'import filter { bgp_path.prepend(65009); if').replace('!= ASPA_INVALID;', '= ASPA_INVALID then reject; accept; };')
        self.ours.write(self.head + aspas % 'route aspa 65002 transit;' + prepended)
        self.ours.text('configure')
        self.eventually(lambda: self.a.route('172.16.1.0/24') is None, 'a path that an ASPA denies goes')
        self.ours.write(self.head + aspas % 'route aspa 65002 providers 65009;' + prepended)
        self.ours.text('configure')
        self.eventually(lambda: self.a.route('172.16.1.0/24'), 'with its provider named it is back')
        self.assertEqual(self.session_start(), self.since)

    @needs_bird
    def test_a_session_that_gets_another_name_and_filter_goes_on(self):
        self.start()
        self.ours.write(self.head + self.peer.replace('bgp peer', 'bgp renamed').replace('import all', 'import where net != 172.16.1.0/24'))
        self.assertIn('Reconfigured', self.ours.text('configure'))
        self.eventually(lambda: self.a.route('172.16.1.0/24') is None, 'the new filter holds')
        self.assertTrue(self.ours.established('renamed'))
        self.assertEqual(self.session_start(), self.since)
        self.ours.write(self.head + self.peer)
        self.ours.text('configure')
        self.eventually(lambda: self.a.route('172.16.1.0/24'), 'the route is back')
        self.assertEqual(self.session_start(), self.since)

    def test_an_import_limit_stops_a_protocol_without_sessions_too(self):
        routes = 'route 192.168.7.0/24 blackhole; route 192.168.8.0/24 blackhole;'
        head = base('10.0.0.1') + 'protocol static few { ipv4 { import limit 1 action disable; }; %s }\n' % routes
        ours = self.bgpd(self.a, head)
        self.eventually(lambda: ' down ' in ours.text('show protocols few'), 'the protocol is down')
        self.assertIn('few: import limit reached: action=disable limit=1', ours.log())
        self.eventually(lambda: not self.a.routes(4, protocol='bird'), 'its routes are gone')
        ours.write(head.replace('disable', 'block'))
        ours.text('configure')
        ours.text('enable few')
        self.eventually(lambda: len(self.a.routes(4, protocol='bird')) == 1, 'one route passes')

    @needs_bird
    def test_a_new_hold_time_waits_for_the_next_session(self):
        self.start()
        self.ours.write(self.head + self.peer.replace('neighbor', 'hold time 60; neighbor'))
        self.assertIn("peer: hold time 240 -> 60; holds from the next session on ('restart' makes one now)", self.ours.text('configure'))
        self.assertIn('/240', self.ours.text('show protocols all peer'))
        self.assertEqual(self.session_start(), self.since)
        self.ours.text('restart peer')
        self.eventually(lambda: self.ours.established('peer') and '/60' in self.ours.text('show protocols all peer'),
                        'the session runs with the new hold time', 40)

    @needs_bird
    def test_a_wrong_file_changes_nothing_and_names_the_place(self):
        self.start()
        self.ours.write(self.head + self.peer + 'protocol bgp other { nieghbor 10.0.0.9 as 1; }\n')
        answer = self.ours.ask('configure')
        self.assertEqual(answer[-1][0], 8002)
        line = (self.head + self.peer).count('\n') + 1
        self.assertIn('bgpd.conf:%d:22' % line if self.ours.argv[0] != BIRD else ':%d:' % line, answer[-1][1])
        self.ours.send(signal.SIGHUP)
        self.assertTrue(self.ours.alive())
        self.assertTrue(self.ours.established('peer'))
        self.assertEqual(self.session_start(), self.since)
        self.assertIsNotNone(self.b.route('192.168.2.0/24'))

    @needs_bird
    def test_an_unreadable_file_changes_nothing(self):
        self.start()
        os.unlink(self.ours.config_path)
        answer = self.ours.ask('configure')
        self.assertEqual(answer[-1][0], 8002)
        self.assertIn('No such file', answer[-1][1])
        self.assertTrue(self.ours.established('peer'))

    @needs_bird
    def test_undo_goes_back_one_step(self):
        self.start()
        self.ours.write(self.head)
        self.ours.text('configure')
        self.eventually(lambda: self.a.route('172.16.1.0/24') is None, 'the session is gone')
        self.assertIn('Reconfigur', self.ours.text('configure undo'))
        self.eventually(lambda: self.a.route('172.16.1.0/24'), 'the session is back', 40)


class Start(NetworkTest):
    def test_a_second_daemon_on_the_same_socket_is_refused(self):
        a, _ = self.pair()
        first = self.bgpd(a, base('10.0.0.1'))
        second = subprocess.run(a.enter([BGPD, '-f', '-c', first.config_path, '-s', first.socket]), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=20)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(first.socket, second.stdout)
        self.assertTrue(first.answers())

    def test_parse_only_reports_every_mistake_with_its_place(self):
        path = os.path.join(self.net.dir, 'wrong.conf')
        with open(path, 'w') as f:
            f.write('router id 1.2.3.4;\nprotocol static { ipv4; rout 10.0.0.0/8 blackhole; }\n'
                    'protocol bgp x { local as 1; neighbor 1.2.3.4 as; }\n')
        done = subprocess.run([BGPD, '-p', '-c', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn('wrong.conf:2:', done.stdout)
        if BGPD != BIRD:
            self.assertIn("did you mean 'route'", done.stdout)
            self.assertIn('wrong.conf:3:', done.stdout)


if __name__ == '__main__':
    main()
