#!/usr/bin/env python3
"""What each changed option does to a session that runs, judged by the BIRD at its other end: whether the session stayed,
and that `configure` says so. The rows are those of the manual's table."""
import time

from support import NetworkTest, attributes, base, bgp, main, needs_bird, session_since, static4

STAYS, RESTARTS, NEXT = 'applied at once', 'restart', 'holds from the next session on'
IN, OUT, BOTH = 'received routes are filtered again', 'announced again as far as they differ', 'filtered again both ways'

# (option of the protocol, what `configure` says)
PROTOCOL = [
    ('description "new words";', STAYS), ('debug { states };', STAYS), ('passive on;', STAYS),
    ('keepalive time 20;', STAYS), ('send hold time 300;', STAYS), ('connect retry time 7;', STAYS),
    ('error wait time 2, 9;', STAYS), ('error forget time 60;', STAYS), ('startup hold time 30;', STAYS),
    ('disable after error on;', STAYS), ('disable after cease on;', STAYS), ('check link off;', STAYS),
    ('min graceful restart time 1;', STAYS), ('max graceful restart time 100;', STAYS),
    ('hold time 200;', NEXT), ('min hold time 10;', NEXT), ('graceful restart time 33;', NEXT), ('require as4 on;', NEXT),
    ('path metric off;', IN), ('med metric on;', IN), ('deterministic med on;', IN), ('prefer older on;', IN),
    ('interpret communities off;', OUT), ('default bgp_med 7;', BOTH), ('default bgp_local_pref 77;', RESTARTS),
    ('password "secret";', STAYS),
    ('allow local as 1;', RESTARTS), ('enable as4 off;', RESTARTS), ('graceful restart on;', RESTARTS),
    ('multihop 3;', RESTARTS), ('rs client on;', RESTARTS),
]
CHANNEL = [
    ('import limit 50;', STAYS), ('receive limit 60 action warn;', STAYS), ('export limit 70;', STAYS),
    ('import table on;', STAYS), ('export table on;', STAYS), ('import keep filtered on;', IN), ('preference 120;', IN),
    ('next hop self;', OUT), ('next hop keep;', OUT), ('add paths on;', RESTARTS),
]


class LiveChange(NetworkTest):
    def config(self, protocol='', channel='', head='', extra=''):
        """The options that are tried come last, so that they are the ones that hold."""
        body = 'protocol bgp peer { local 10.0.0.1 as 65001; neighbor 10.0.0.2 as 65002; connect delay time 1; %s ' \
               'ipv4 { import all; export all; %s }; }\n' % (protocol, channel)
        return base('10.0.0.1') + head + static4('192.168.1.0/24 blackhole') + body + extra

    def start(self):
        a, b = self.pair()
        self.a, self.b = a, b
        self.ours = self.bgpd(a, self.config())
        self.theirs = self.bird(b, base('10.0.0.2') + static4('172.16.1.0/24 blackhole') +
                                bgp('peer', '10.0.0.2', 65002, '10.0.0.1', 65001))
        self.ours.wait_established('peer')
        self.theirs.wait_established('peer')
        self.eventually(lambda: b.route('192.168.1.0/24') and a.route('172.16.1.0/24'), 'routes flow', 40)

    def uptime(self):
        return session_since(self.theirs, 'peer')

    def configure(self, text):
        self.ours.write(text)
        answer = self.ours.ask('configure')
        self.assertEqual(answer[-1], (3, 'Reconfigured'), answer)
        return [line for code, line in answer if code == 2 and line.startswith('peer: ')]

    @needs_bird
    def test_an_option_does_what_configure_says(self):
        self.start()
        for kind, rows in (('protocol', PROTOCOL), ('channel', CHANNEL)):
            for option, outcome in rows:
                for text in (self.config(**{kind: option}), self.config()):  # there, and back
                    with self.subTest(option=option, back=text == self.config()):
                        before = self.uptime()
                        self.assertIsNotNone(before)
                        words = self.configure(text)
                        self.assertEqual(len(words), 1, words)
                        self.assertIn(outcome, words[0])
                        if outcome == RESTARTS:
                            self.eventually(lambda: self.uptime() not in (None, before), 'a new session after ' + option)
                            self.ours.wait_established('peer')
                        else:
                            time.sleep(0.15)
                            self.assertTrue(self.ours.established('peer'))
                            self.assertEqual(self.uptime(), before)
        self.eventually(lambda: self.b.route('192.168.1.0/24') and self.a.route('172.16.1.0/24'), 'routes are as before')

    @needs_bird
    def test_a_new_keepalive_time_and_a_new_limit_hold_in_the_running_session(self):
        self.start()
        self.configure(self.config(protocol='keepalive time 2;', channel='import limit 0 action block;'))
        self.assertIn('/2\n', self.ours.text('show protocols all peer').split('Keepalive timer:')[1][:20] + '\n')
        self.theirs.text('restart static1')
        self.eventually(lambda: self.a.route('172.16.1.0/24') is None, 'the limit blocks what is told again')

    @needs_bird
    def test_listening_elsewhere_leaves_sessions_alone(self):
        self.start()
        before = self.uptime()
        self.configure(self.config(
            head='protocol bgp other { local 10.0.0.1 port 1179 as 65001; neighbor 10.0.0.9 as 65009; passive; ipv4 { import none; export none; }; }\n'))
        self.eventually(lambda: ':1179' in self.a.sh('ss', '-ltn'), 'the new port listens')
        self.configure(self.config())
        self.eventually(lambda: ':1179' not in self.a.sh('ss', '-ltn'), 'the port is given back')
        self.assertEqual(self.uptime(), before)

    @needs_bird
    def test_check_says_what_would_be_done_and_does_nothing(self):
        self.start()
        before = self.uptime()
        self.ours.write(self.config(protocol='multihop 3;', extra=static4('192.168.9.0/24 blackhole')))
        answer = self.ours.ask('configure check')
        self.assertEqual(answer[-1], (20, 'Configuration OK'))
        self.assertIn('peer: multihop', ' '.join(line for _, line in answer))
        self.assertIn('static2: new', [line for _, line in answer])
        self.assertEqual(self.uptime(), before)
        self.assertNotIn('192.168.9.0/24', self.ours.text('show route'))

    @needs_bird
    def test_every_mistake_is_answered_and_all_goes_on(self):
        self.start()
        before = self.uptime()
        self.ours.write(self.config() + 'protocol static { ipv4; rout 1.0.0.0/8 blackhole; }\nfilter f { nonsense; }\n')
        answer = self.ours.ask('configure')
        self.assertEqual(answer[-1][0], 8002)
        text = '\n'.join(line for code, line in answer if code == 2)
        self.assertIn("did you mean 'route'", text)
        self.assertIn('nonsense', text)
        self.assertEqual(self.uptime(), before)

    @needs_bird
    def test_history_is_numbered_and_any_of_it_can_be_had_back(self):
        self.start()
        for number in (2, 3, 4):
            self.configure(self.config(protocol='description "number %d";' % number))
        listed = '\n'.join(line for _, line in self.ours.ask('configure history'))
        self.assertIn('description', listed)
        self.assertIn('4 ', listed)
        self.assertEqual(self.ours.ask('configure undo 2')[-1], (3, 'Reconfigured'))
        self.assertIn('number 2', self.ours.text('show protocols all peer'))
        self.assertEqual(self.ours.ask('configure undo 99')[-1][0], 8002)
        self.assertEqual(self.ours.ask('configure undo')[-1], (3, 'Reconfigured'))
        self.assertIn('number 4', self.ours.text('show protocols all peer'))
        self.assertEqual(self.ours.ask('configure undo')[-1], (19, 'Nothing to do'))

    @needs_bird
    def test_what_is_not_confirmed_is_undone(self):
        self.start()
        self.ours.write(self.config(protocol='description "on trial";'))
        self.assertEqual(self.ours.ask('configure timeout 1')[-1], (3, 'Reconfigured'))
        self.assertIn('on trial', self.ours.text('show protocols all peer'))
        self.eventually(lambda: 'on trial' not in self.ours.text('show protocols all peer'), 'the undo after a second')
        self.ours.ask('configure timeout 1')
        self.assertEqual(self.ours.ask('configure confirm')[-1][0], 18)
        time.sleep(1.5)
        self.assertIn('on trial', self.ours.text('show protocols all peer'))

    @needs_bird
    def test_many_configures_in_a_row_are_all_answered(self):
        self.start()
        for i in range(80):
            self.ours.write(self.config(protocol='hold time %d;' % (100 + i % 2), channel='add paths %s;' % ('on' if i % 2 else 'off')))
            self.assertEqual(self.ours.ask('configure')[-1], (3, 'Reconfigured'))
        self.ours.wait_established('peer')

    @needs_bird
    def test_a_failing_filter_is_counted_with_its_line_and_its_last_route(self):
        self.start()
        self.configure(self.config(channel='import filter { if bgp_path.len / (bgp_path.len - 1) > 0 then accept; accept; };'))
        self.eventually(lambda: '172.16.1.0/24' in self.ours.text('show filter errors'), 'the error is counted')
        line = [text for code, text in self.ours.ask('show filter errors') if code == 1102][0]
        self.assertIn('bgpd.conf:', line)
        self.assertIn('peer', line)
        self.assertEqual(self.ours.ask('show filter errors clear')[-1][0], 0)
        self.assertEqual(self.ours.ask('show filter errors'), [(0, '')])


if __name__ == '__main__':
    main()
