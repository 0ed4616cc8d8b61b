#!/usr/bin/env python3
"""`debug`: what bgpd tells of routes, filters, interfaces and states is what a real BIRD tells in the same events."""
import re

from support import NetworkTest, TIMERS, main, needs_bird

JUDGED = '''log stderr all;
router id 10.0.0.1;
debug protocols all;
protocol device { }
protocol direct direct1 { ipv4; interface "eth*"; }
protocol kernel kernel1 { ipv4 { export where net != 192.168.2.0/24; }; }
protocol static nets { ipv4; route 192.168.1.0/24 %s; route 192.168.2.0/24 via 10.0.0.2; route 192.168.3.0/24 via 10.99.0.2; }
protocol bgp peer { local 10.0.0.1 as 65001; neighbor 10.0.0.2 as 65002; %s
  ipv4 { import where net != 172.16.2.0/24; export where net != 192.168.2.0/24; }; }
'''
PEER = '''router id 10.0.0.2;
protocol device { }
protocol static nets { ipv4; route 172.16.1.0/24 blackhole; route 172.16.2.0/24 blackhole; }
protocol bgp peer { local 10.0.0.2 as 65002; neighbor 10.0.0.1 as 65001; %s ipv4 { import all; export all; }; }
''' % TIMERS

ROUTE = re.compile(r'(?:(?P<kind>[a-z]+) )?(?P<protocol>\w+)(?:\.ipv4 |: ipv4 )(?P<event>[<>] [a-z ]+?(?: \[\w+\])?) (?P<net>[0-9.]+/\d+)')
LINK = re.compile(r'(?:direct )?(?P<protocol>direct1):? (?P<event>< (?:interface|address) .*)')
STATE = re.compile(r'(?:[a-z]+ )?(?P<protocol>\w+): (?P<event>State changed to (?:up|start))$')


def events(log):
    """{protocol: set of events} of the trace lines, without BIRD's internal numbers and without our reasons."""
    found = {}
    for line in log.splitlines():
        if '<TRACE>' not in line:
            continue
        line = line.partition('<TRACE> ')[2]
        for pattern in (ROUTE, LINK, STATE):
            match = pattern.match(line)
            if match:
                what = match['event'] + (' ' + match['net'] if 'net' in match.groupdict() else '')
                found.setdefault(match['protocol'], set()).add(what)
                break
    return found


@needs_bird
class DebugTraces(NetworkTest):
    def told(self, start):
        """The events that one daemon tells, from its start to a reload."""
        a, b = self.pair()
        daemon = start(a, JUDGED % ('blackhole', TIMERS))
        peer = self.bird(b, PEER)
        daemon.wait_established('peer')
        self.eventually(lambda: '172.16.1.0/24' in daemon.text('show route') and
                        '192.168.1.0/24' in peer.text('show route'), 'both have told')
        a.sh('ip', 'addr', 'add', '10.99.0.1/24', 'dev', 'eth0')
        told = lambda event: re.search(r'peer.*ipv4 < %s 192\.168\.3\.0' % event, daemon.log())
        self.eventually(lambda: told('added'), 'the route over the new address is told')
        a.sh('ip', 'addr', 'del', '10.99.0.1/24', 'dev', 'eth0')
        self.eventually(lambda: told('removed'), 'and taken back')
        daemon.write(JUDGED % ('unreachable', TIMERS))
        daemon.ask('configure')
        self.eventually(lambda: 'replaced 192.168.1.0/24' in daemon.log(), 'the changed route is told')
        found = events(daemon.log())
        daemon.stop()
        peer.stop()
        self.net.close()
        self.setUp()
        return found

    def test_each_event_that_bird_tells_of_is_told(self):
        birds, ours = self.told(self.bird), self.told(self.bgpd)
        for protocol in ('direct1', 'nets', 'peer', 'kernel1'):
            with self.subTest(protocol=protocol):
                self.assertTrue(birds.get(protocol))
                # BIRD offers everything a second time when a protocol has come up.
                twice = {'< replaced ' + event[len('< added '):] for event in birds[protocol] if event.startswith('< added ')}
                self.assertEqual(birds[protocol] - twice, ours.get(protocol, set()) - twice)

    def test_a_mask_chooses_and_can_be_changed_while_running(self):
        a, _ = self.pair()
        quiet = JUDGED.replace('debug protocols all', 'debug protocols { filters }')
        daemon = self.bgpd(a, quiet % ('blackhole', TIMERS))
        self.eventually(lambda: 'filtered out 192.168.2.0/24' in daemon.log(), 'what the kernel\'s filter rejects is told')
        self.assertNotIn('added', daemon.log())
        daemon.ask('debug nets { routes }')
        daemon.ask('restart nets')
        self.eventually(lambda: 'static nets: ipv4 > added [best] 192.168.1.0/24 blackhole' in daemon.log(), 'the route is told')
        self.assertNotIn('kernel1: ipv4 < added', daemon.log())

    def test_a_rejected_route_is_told_with_the_reason(self):
        a, b = self.pair()
        daemon = self.bgpd(a, JUDGED % ('blackhole', TIMERS))
        self.bird(b, PEER)
        self.eventually(lambda: 'peer: ipv4 < rejected by protocol 172.16.1.0/24 learned from this peer' in daemon.log(),
                        'why the peer does not get its own route')


if __name__ == '__main__':
    main()
