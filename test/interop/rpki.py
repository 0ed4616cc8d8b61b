#!/usr/bin/env python3
"""protocol rpki: against the real stayrtr beside the real BIRD, which must come to the same tables and verdicts; and against a cache
that does what real ones do seldom (resets, errors, new sessions, ASPAs)."""
import json
import os
import re
import shutil
import sys
import unittest

from rtr_cache import tell
from support import HERE, NetworkTest, Process, attributes, base, bgp, main, needs_bird, static4

STAYRTR = shutil.which('stayrtr')
needs_stayrtr = unittest.skipUnless(STAYRTR, 'no stayrtr on this machine (Debian: stayrtr)')

ROAS = ['192.0.2.0/24-26 64500', '198.51.100.0/24-24 64501', '203.0.113.0/24-24 64502', '2001:db8::/32-48 64503']
TABLES = 'roa4 table r4; roa6 table r6;\n'
JUDGE = '''filter judge {
  if roa_check(r4, net, bgp_path.last) = ROA_VALID then bgp_community.add((65000, 1));
  if roa_check(r4, net, bgp_path.last) = ROA_INVALID then bgp_community.add((65000, 2));
  if roa_check(r4, net, bgp_path.last) = ROA_UNKNOWN then bgp_community.add((65000, 3));
  accept;
}
'''


def rpki(body='', channels='roa4 { table r4; }; roa6 { table r6; };', remote='10.0.0.1 port 8282', name='rpki1'):
    return 'protocol rpki %s { %s remote %s; retry keep 1; refresh keep 3600; %s }\n' % (name, channels, remote, body)


def roas(daemon, table):
    """{'192.0.2.0/24-26 AS64500'} of a table."""
    return {line.split('  ')[0].strip() for code, line in daemon.ask('show route table ' + table) if code == 1007 and ' AS' in line}


def expected(listed, family=4):
    return {'%s AS%s' % tuple(roa.split()) for roa in listed if (':' in roa) == (family == 6)}


def cache_rows(daemon, name='rpki1'):
    """{'Status': 'Established', ...} of `show protocols all`."""
    rows = {}
    for code, line in daemon.ask('show protocols all ' + name):
        found = re.match(r'  (\w[\w ]*?) *: +(.*)', line) if code == 1006 else None
        if found:
            rows.setdefault(found.group(1), found.group(2))
    return rows


def synchronised(daemon, name='rpki1'):
    return cache_rows(daemon, name).get('Status') == 'Established'


def listens(control):
    """Whether the cache of rtr_cache.py takes orders."""
    try:
        return tell(control, 'count') == 0
    except OSError:
        return False


class Stayrtr(Process):
    def __init__(self, node, listed, flags=()):
        self.path = os.path.join(node.net.dir, 'roas.json')
        self.write(listed)
        super().__init__(node, 'stayrtr', [STAYRTR, '-bind', ':8282', '-cache', self.path, '-metrics.addr', '', '-refresh', '1',
                                           '-checktime=false'] + list(flags))

    def write(self, listed):
        entries = [dict(zip(('prefix', 'maxLength', 'asn'), (r.split('-')[0], int(r.split('-')[1].split()[0]), 'AS' + r.split()[1])), ta='test')
                   for r in listed]
        with open(self.path + '.new', 'w') as f:
            json.dump({'metadata': {'counts': len(entries), 'generated': 1700000000, 'valid': 4000000000}, 'roas': entries}, f)
        os.rename(self.path + '.new', self.path)


@needs_stayrtr
class RealCache(NetworkTest):
    def start(self, flags=(), body=''):
        self.cache_node, self.a, self.b, self.feeder = self.star(3)
        self.cache = Stayrtr(self.cache_node, ROAS, flags)
        config = TABLES + JUDGE + rpki(body)
        sessions = lambda own: base('10.0.0.%d' % own) + config + bgp('feed', '10.0.0.%d' % own, 65000, '10.0.0.4', 65001,
                                                                      channels='ipv4 { import table on; import filter judge; export none; };')  # BIRD judges again from there
        self.ours, self.theirs = self.bgpd(self.a, sessions(2)), self.bird(self.b, sessions(3))
        # The last number of the path is the origin.
        routes = {'192.0.2.0/25': 64500, '192.0.2.0/27': 64500, '198.51.100.0/24': 64501, '203.0.113.0/24': 64999, '10.1.0.0/16': 64500}
        out = ''.join('if net = %s then bgp_path.prepend(%d);' % pair for pair in routes.items())
        feed = base('10.0.0.4') + 'protocol static { ipv4; %s }\nfilter origins { %s accept; }\n' % (
            ''.join('route %s blackhole;' % net for net in routes), out)
        for name, peer in (('ours', 2), ('theirs', 3)):
            feed += bgp(name, '10.0.0.4', 65001, '10.0.0.%d' % peer, 65000, channels='ipv4 { import none; export filter origins; };')
        self.bird(self.feeder, feed)
        self.routes = routes

    def verdicts(self, daemon):
        found = {}
        for net in self.routes:
            text = daemon.text('show route %s all' % net)
            verdict = re.search(r'BGP\.community:.*\(65000,(\d)\)', text)
            found[net] = verdict and verdict.group(1)
        return found

    def same(self, listed, verdicts):
        for family, table in ((4, 'r4'), (6, 'r6')):
            for daemon in (self.theirs, self.ours):
                self.eventually(lambda: roas(daemon, table) == expected(listed, family), 'the ROAs of ' + table)
        for daemon in (self.theirs, self.ours):
            self.eventually(lambda: self.verdicts(daemon) == verdicts, lambda: 'verdicts of %s: %s' % (daemon.name, self.verdicts(daemon)))

    def everything_agrees(self):
        before = {'192.0.2.0/25': '1', '192.0.2.0/27': '2', '198.51.100.0/24': '1', '203.0.113.0/24': '2', '10.1.0.0/16': '3'}
        self.same(ROAS, before)
        # One goes, one comes, and the routes that they are about are judged again.
        changed = ROAS[:1] + ROAS[2:] + ['10.1.0.0/16-16 64500', '203.0.113.0/24-24 64999']
        self.cache.write(changed)
        self.same(changed, {'192.0.2.0/25': '1', '192.0.2.0/27': '2', '198.51.100.0/24': '3', '203.0.113.0/24': '1', '10.1.0.0/16': '1'})
        self.cache.write(ROAS)
        self.same(ROAS, before)

    @needs_bird
    def test_version_1_the_same_tables_and_verdicts_as_bird(self):
        self.start(['-protocol', '1'])
        self.everything_agrees()
        self.assertEqual(cache_rows(self.ours)['Protocol version'], '1')

    @needs_bird
    def test_version_0_the_same_tables_and_verdicts_as_bird(self):
        self.start(['-protocol', '0'])
        self.everything_agrees()
        self.assertEqual(cache_rows(self.ours)['Protocol version'], '0')

    @needs_bird
    def test_show_protocols_all_has_the_rows_of_bird(self):
        self.start(['-protocol', '1'])
        for daemon in (self.ours, self.theirs):
            self.eventually(lambda: synchronised(daemon), 'synchronised')
        labels = lambda daemon: [re.sub(r'[\d.]+|---', 'N', line) for code, line in daemon.ask('show protocols all rpki1')
                                 if code == 1006 and 'aspa' not in line]
        self.assertEqual(labels(self.ours), labels(self.theirs))

    def test_a_cache_that_starts_anew_leaves_no_gap(self):
        node, a = self.pair()
        cache = Stayrtr(node, ROAS)
        ours = self.bgpd(a, base('10.0.0.2') + TABLES + rpki())
        self.eventually(lambda: roas(ours, 'r4') == expected(ROAS), 'the ROAs come')
        cache.stop()
        self.eventually(lambda: not synchronised(ours), 'the connection is lost')
        self.assertEqual(roas(ours, 'r4'), expected(ROAS))
        cache.write(ROAS[1:])
        cache.start()  # with the session id and the serial number that it had
        def sound():
            now = roas(ours, 'r4')
            self.assertGreaterEqual(now, expected(ROAS[1:]))
            return now == expected(ROAS[1:])
        self.eventually(sound, 'the new ROAs come')


class MadeCache(NetworkTest):
    """The cache of rtr_cache.py."""

    def start(self, config='', body='', **values):
        self.node, self.a = self.pair()
        self.control = os.path.join(self.net.dir, 'cache.ctl')
        self.cache = Process(self.node, 'cache', [sys.executable, os.path.join(HERE, 'rtr_cache.py'), '10.0.0.1', '8282', self.control])
        self.eventually(lambda: listens(self.control), 'the cache listens')
        self.order('set', **dict({'roas': list(ROAS)}, **values))
        self.tables = 'roa4 table r4 { min settle time 0; }\nroa6 table r6;\naspa table ra;\n'
        self.channels = 'roa4 { table r4; }; roa6 { table r6; }; aspa { table ra; };'
        self.config = base('10.0.0.2') + self.tables + config
        self.ours = self.bgpd(self.a, self.config + rpki(body, self.channels))

    def order(self, order, **words):
        return tell(self.control, order, **words)

    def heard(self):
        found = []

        def more():
            found.extend(self.order('heard'))
            return found
        self.eventually(more, 'the cache is asked something')
        return found

    def hears(self, what, seconds=30):
        found = []

        def more():
            found.extend(self.order('heard'))
            return any(line.startswith(what) for line in found)
        self.eventually(more, lambda: 'the cache hears %r; it heard %r' % (what, found), seconds)
        return found

    def holds(self, listed):
        self.eventually(lambda: roas(self.ours, 'r4') == expected(listed) and roas(self.ours, 'r6') == expected(listed, 6),
                        lambda: 'the ROAs %r are there; now: %r' % (listed, roas(self.ours, 'r4')))

    def configure(self, text):
        self.ours.write(text)
        answer = self.ours.ask('configure')
        self.assertEqual(answer[-1], (3, 'Reconfigured'), answer)
        return [line for code, line in answer if code == 2 and line.startswith('rpki1: ')]

    def test_changes_come_when_the_cache_notifies(self):
        self.start()
        self.holds(ROAS)
        self.assertEqual(self.hears('2: reset'), ['2: reset'])
        self.order('change', announce=['10.0.0.0/8-8 1'], withdraw=ROAS[:1])
        self.holds(ROAS[1:] + ['10.0.0.0/8-8 1'])
        self.assertEqual(self.heard(), ['2: serial 7 1'])
        rows = cache_rows(self.ours)
        self.assertEqual((rows['Session ID'], rows['Serial number'], rows['Protocol version']), ('7', '2', '2'))

    def test_aspas_of_version_2_are_what_aspa_check_asks(self):
        paths = {'10.1.0.0/16': 64497, '10.2.0.0/16': 64999}
        self.start(aspas={'64496': [64497, 64498], '64499': [0]}, config='''filter judge {
  bgp_path = +empty+; bgp_path.prepend(64496);
  if net = 10.1.0.0/16 then bgp_path.prepend(64497); else bgp_path.prepend(64999);
  bgp_local_pref = 3;
  if aspa_check(ra, bgp_path, true) = ASPA_VALID then bgp_local_pref = 1;
  if aspa_check(ra, bgp_path, true) = ASPA_INVALID then bgp_local_pref = 2;
  accept;
}
protocol static { ipv4 { import filter judge; }; route 10.1.0.0/16 blackhole; route 10.2.0.0/16 blackhole; }
''')
        shown = lambda: [line for code, line in self.ours.ask('show route all table ra') if 'aspa_providers' in line or line.startswith('6449')]
        verdicts = lambda: [attributes(self.ours, net).get('BGP.local_pref') for net in paths]
        self.eventually(lambda: len(shown()) == 4, 'two ASPAs')
        self.assertIn('\taspa_providers: 64497 64498', shown())
        self.assertIn('\taspa_providers: 0', shown())
        self.eventually(lambda: verdicts() == ['1', '2'], lambda: 'verdicts: %s' % verdicts())
        self.order('change', aspas={'64496': [64999]}, no_aspas=['64499'])
        self.eventually(lambda: '\taspa_providers: 64999' in shown() and len(shown()) == 2, 'the ASPA is another')
        self.eventually(lambda: verdicts() == ['2', '1'], lambda: 'verdicts: %s' % verdicts())

    def test_a_cache_reset_brings_everything_anew(self):
        self.start()
        self.holds(ROAS)
        self.hears('2: reset')
        self.order('set', roas=ROAS[:2], serial=100)
        self.order('notify')
        self.holds(ROAS[:2])
        self.assertEqual(self.heard(), ['2: serial 7 1', '2: reset'])

    def test_another_session_is_an_error_that_brings_everything_anew_without_a_gap(self):
        self.start()
        self.holds(ROAS)
        self.order('set', session=8, roas=ROAS[1:])
        self.order('notify')

        def sound():
            now = roas(self.ours, 'r4')
            self.assertGreaterEqual(now, expected(ROAS[1:]))
            return now == expected(ROAS[1:])
        self.eventually(sound, 'the ROAs of the new session')
        heard = self.order('heard')
        self.assertTrue(any(line.startswith('2: error 0 Serial Notify of session 8, not 7') for line in heard), heard)

    def test_a_withdrawal_of_what_is_not_there_is_reported_and_mended(self):
        self.start()
        self.holds(ROAS)
        self.order('change', withdraw=['10.9.0.0/16-16 9'], announce=['10.0.0.0/8-8 1'])
        self.hears('2: error 6 10.9.0.0/16-16 AS9 is withdrawn')
        self.holds(ROAS + ['10.0.0.0/8-8 1'])

    def test_a_second_announcement_is_reported_and_nothing_of_the_answer_holds(self):
        self.start()
        self.holds(ROAS)
        self.order('set', mute=True)
        self.order('change', announce=['10.0.0.0/8-8 1'])
        self.hears('2: serial')
        # The answer by hand, so that it breaks off in the middle.
        self.order('send', hexadecimal='0203000700000008' + '0204000000000014010808000b00000000000001' + '020400000000001401181a00c00002000000fbf4')
        self.hears('2: error 7 192.0.2.0/24-26 AS64500 is announced a second time')
        self.assertEqual(roas(self.ours, 'r4'), expected(ROAS))

    def test_nonsense_is_reported_and_the_cache_is_asked_again(self):
        self.start()
        self.holds(ROAS)
        for hexadecimal, report in (('02ff000000000008', '2: error 5'), ('0204000000000007', '2: error 0'), ('0107000700000018' + '00' * 16, '2: error 8')):
            with self.subTest(hexadecimal):
                self.eventually(lambda: synchronised(self.ours), 'synchronised')
                self.order('heard')
                self.order('send', hexadecimal=hexadecimal)
                if '2: reset' not in self.hears(report):
                    self.hears('2: reset')
        self.holds(ROAS)

    def test_older_caches_are_spoken_to_in_their_version(self):
        self.start(speaks=[0])
        self.holds(ROAS)
        self.assertEqual(self.order('heard'), ['2: unsupported', '0: reset'])
        self.assertEqual(cache_rows(self.ours)['Protocol version'], '0')

    def test_a_cache_without_data_is_asked_again(self):
        self.start(no_data=True)
        self.hears('2: reset')
        self.eventually(lambda: 'No-Data' in cache_rows(self.ours)['Status'], 'no data')
        self.order('set', no_data=False)
        self.holds(ROAS)

    def test_a_lost_connection_keeps_the_roas_and_asks_for_everything(self):
        self.start()
        self.holds(ROAS)
        self.order('heard')
        self.order('change', announce=['10.0.0.0/8-8 1'], notify=False)
        self.order('drop')
        self.holds(ROAS + ['10.0.0.0/8-8 1'])
        self.assertEqual(self.order('heard'), ['2: reset'])

    def test_disabled_it_has_no_roas_and_enabled_it_has_them_again(self):
        self.start()
        self.holds(ROAS)
        self.assertEqual(self.ours.ask('disable rpki1')[-2:], [(9, 'rpki1: disabled'), (0, '')])
        self.assertEqual(roas(self.ours, 'r4'), set())
        self.eventually(lambda: self.order('count') == 0, 'the connection ends')
        self.ours.ask('enable rpki1')
        self.holds(ROAS)
        self.ours.ask('restart rpki1')
        self.holds(ROAS)
        self.order('heard')
        self.assertIn((15, 'rpki1: reloading'), self.ours.ask('reload in rpki1'))
        self.hears('2: reset')

    def test_what_configure_changes(self):
        self.start()
        self.holds(ROAS)
        self.order('heard')
        # Times: at once, without a word to the cache.
        words = self.configure(self.config + rpki('expire keep 900;', self.channels))
        self.assertEqual(words, ['rpki1: expire 7200 -> keep 900; applied at once'])
        self.assertRegex(cache_rows(self.ours)['Expire timer'], r'^\d+\.\d+/900$')
        self.assertEqual(self.order('heard'), [])
        # A filter: everything anew, over the same connection.
        filtered = self.channels.replace('roa4 { table r4; }', 'roa4 { table r4; import where net != 192.0.2.0/24 max 26 as 64500; }')
        words = self.configure(self.config + rpki('expire keep 900;', filtered))
        self.assertRegex(words[0], 'the cache is asked anew')
        self.holds(ROAS[1:])
        self.assertEqual(self.order('heard'), ['2: reset'])
        # Another cache: the old one's ROAs stay until it has answered.
        other = os.path.join(self.net.dir, 'other.ctl')
        Process(self.node, 'other', [sys.executable, os.path.join(HERE, 'rtr_cache.py'), '10.0.0.1', '8383', other])
        self.eventually(lambda: listens(other), 'the other cache listens')
        tell(other, 'set', roas=ROAS[:2], mute=True)
        words = self.configure(self.config + rpki('expire keep 900;', self.channels, remote='10.0.0.1 port 8383'))
        self.assertRegex(words[0], 'port 8282 -> 8383.*the cache is asked anew')
        self.eventually(lambda: tell(other, 'count') == 1, 'connected to the other cache')
        self.assertEqual(roas(self.ours, 'r4'), expected(ROAS[1:]))
        tell(other, 'set', mute=False)
        tell(other, 'drop')
        self.holds(ROAS[:2])
        # Gone.
        self.configure(self.config)
        self.assertEqual(roas(self.ours, 'r4'), set())

    def test_disabled_by_the_configuration_it_has_no_roas(self):
        self.start()
        self.holds(ROAS)
        self.configure(self.config + rpki('disabled;', self.channels))
        self.eventually(lambda: not roas(self.ours, 'r4'), 'no ROAs')
        self.configure(self.config + rpki('', self.channels))
        self.holds(ROAS)

    @needs_bird
    def test_sessions_of_a_range_are_judged_again_too(self):
        self.start(JUDGE + 'protocol bgp many { local 10.0.0.2 as 65000; neighbor range 10.0.0.0/24 as 65001; dynamic name "one"; '
                           'ipv4 { import filter judge; export none; }; }\n')
        self.bird(self.node, base('10.0.0.1') + static4('10.1.0.0/16 blackhole') + bgp('up', '10.0.0.1', 65001, '10.0.0.2', 65000))
        community = lambda: attributes(self.ours, '10.1.0.0/16').get('BGP.community')
        self.eventually(lambda: community() == '(65000,3)', 'no ROA speaks of it', 40)
        self.order('change', announce=['10.1.0.0/16-16 65001'])
        self.eventually(lambda: community() == '(65000,1)', lambda: 'it is valid; now: %s' % community())

    def test_a_name_is_looked_up_and_a_password_signs(self):
        self.start()
        self.holds(ROAS)
        self.configure(self.config + rpki(channels=self.channels, remote='"no.such.name.invalid" port 8282'))
        self.eventually(lambda: 'no.such.name.invalid' in cache_rows(self.ours).get('Last error', ''), 'the name is not found')
        self.assertEqual(roas(self.ours, 'r4'), expected(ROAS))
        self.configure(self.config + rpki('transport tcp { authentication md5; password "secret"; };', self.channels))
        self.assertEqual(cache_rows(self.ours)['Transport'], 'TCP-MD5')

    def test_json_says_what_the_rows_say(self):
        self.start()
        self.holds(ROAS)
        document = json.loads(''.join(line for code, line in self.ours.ask('show protocols all rpki1 json') if code == 1100))
        cache = document[0]['cache']
        self.assertEqual((cache['state'], cache['session_id'], cache['serial'], cache['version']), ('Established', 7, 1, 2))
        self.assertEqual([c['family'] for c in document[0]['channels']], ['roa4', 'roa6', 'aspa'])


if __name__ == '__main__':
    main()
