#!/usr/bin/env python3
"""Every command of birdc, asked of our daemon and of a real BIRD that has the same configuration and the same peers: the
same lines come back. Times and counters of changes are masked; the order inside a reply is not judged (BIRD's is that of
its hash tables). What differs on purpose is listed in DELIBERATE, with the reason."""
import os
import re
import time

from support import BIRD, ControlSocket, Network, NetworkTest, BirdLike, BGPD, base, bgp, main, needs_bird, static4, static6

HEAD = '''
router id 10.0.0.1;
hostname "r1.lab";
define LAB = [ 198.18.0.0/15+, 10.65.0.0/16{24,26} ];
define MY_AS = 65001;
ipv4 table side4;
roa4 table roas4;
roa6 table roas6;
attribute int lab_mark;
function is_blocked(prefix p) { return p ~ [ 203.0.113.0/24+ ]; }
filter from_upstream {
  if is_blocked(net) then reject;
  bgp_community.add((65001, 2));
  bgp_large_community.add((MY_AS, 1, 2));
  lab_mark = 7;
  accept;
}
filter to_peers { if net ~ LAB then accept; if net.type = NET_IP6 then accept; reject; }
filter to_kernel { krt_prefsrc = 10.0.0.1; accept; }
protocol device { scan time 5; }
protocol direct direct_all { ipv4; ipv6; interface "lan*", "eth*"; }
protocol kernel kernel4 { learn; scan time 5; merge paths on limit 8; ipv4 { import all; export filter to_kernel; }; }
protocol kernel kernel6 { learn; scan time 5; ipv6 { import all; export all; }; }
protocol static static4 {
  description "every form";
  ipv4 { preference 190; };
  route 198.18.0.0/24 blackhole;
  route 198.18.1.0/24 unreachable;
  route 198.18.2.0/24 prohibit;
  route 198.18.10.0/24 via 10.0.0.2;
  route 198.18.11.0/24 via "lan0";
  route 198.18.12.0/24 via 10.0.0.2 weight 2 via 10.0.0.3 weight 1;
  route 198.18.13.0/24 recursive 10.65.2.1;
  route 198.18.14.0/24 via 10.0.0.2 { bgp_community.add((65001, 14)); bgp_med = 44; krt_metric = 77; };
  route 198.18.15.0/24 via 10.0.0.2 onlink;
  route 198.18.16.0/24 via 10.77.0.9;
}
protocol static static6 { ipv6; route 2001:db8:10::/48 blackhole; route 2001:db8:11::/48 via fd00::2; }
protocol static origins { roa4 { table roas4; }; route 198.51.100.0/24 max 24 as 65002; route 203.0.113.0/24 max 28 as 65009; }
protocol static asleep { disabled; ipv4; route 198.18.99.0/24 blackhole; }
protocol pipe side { table master4; peer table side4; import none; export where source = RTS_STATIC; }
template bgp upstream {
  local 10.0.0.1 as MY_AS;
  hold time 90; keepalive time 30; connect delay time 1; connect retry time 3; error wait time 600, 600;
  graceful restart on; graceful restart time 60;
}
protocol bgp up from upstream {
  description "upstream one";
  neighbor 10.0.0.2 as 65002;
  ipv4 { import filter from_upstream; import keep filtered on; import limit 1000 action restart;
         export limit 500 action warn; export filter to_peers; };
  ipv6 { import all; export filter to_peers; next hop self; };
}
protocol bgp reflected from upstream {
  neighbor 10.0.0.3 as MY_AS; direct; rr client; rr cluster id 192.0.2.99;
  ipv4 { import table on; import all; export all; export table on; add paths on; next hop self; };
}
protocol bgp unreachable_peer from upstream { neighbor 10.77.0.7 as 65077; multihop 4; ipv4 { import all; export none; }; }
protocol bgp passive_peer from upstream { neighbor 10.0.0.88 as 65088; passive on; ipv4 { import all; export none; }; }
protocol bgp disabled_peer from upstream { disabled; neighbor 10.0.0.89 as 65089; ipv4 { import all; export none; }; }
protocol bgp wrong_as from upstream { neighbor 10.0.0.4 as 65066; ipv4 { import all; export none; }; }
protocol bgp group from upstream { neighbor range 10.200.0.0/24 as 65200; dynamic name "dyn"; ipv4 { import all; export none; }; }
'''

# Commands by subject. A tuple is asked on one connection, in order.
COMMANDS = [
    'show status', 'show memory', 'show interfaces', 'show interfaces summary',
    'show protocols', 'show protocols up', 'show protocols "u*"', 'show protocols "nosuch*"', 'show protocols nosuch',
    'show protocols all', 'show protocols all up', 'show protocols all reflected', 'show protocols all "*peer"',
    'show protocols all wrong_as', 'show protocols all group', 'show protocols all side', 'show protocols all asleep', 'show protocols all origins',
    'show route', 'show route all', 'show route primary', 'show route filtered', 'show route filtered all',
    'show route 198.18.12.0/24', 'show route 198.18.12.0/24 all', 'show route 198.18.12.77/32', 'show route for 198.18.12.77',
    'show route for 10.65.2.0/25', 'show route for 10.65.2.0/25 all', 'show route for 2001:db8:11::1', 'show route in 198.18.0.0/20',
    'show route for 192.0.2.1', 'show route 192.0.2.0/24', 'show route 10.65.2.1/24', 'show route for', 'show route 198.18.0.0/24 10.0.0.0/8',
    'show route table side4', 'show route table side4 all', 'show route table all', 'show route table master6',
    'show route table nosuch', 'show route all table side4 primary', 'show route table side4 protocol static4',
    'show route protocol up', 'show route protocol up all', 'show route all protocol reflected', 'show route protocol nosuch',
    'show route protocol direct_all', 'show route protocol kernel4 all', 'show route protocol kernel6 all',
    'show route protocol disabled_peer', 'show route filtered protocol up', 'show route protocol up filtered all',
    'show route where net ~ [198.18.0.0/16+] && dest = RTD_BLACKHOLE', 'show route where (65001,2) ~ bgp_community',
    'show route where bgp_path ~ [= 65002 * =]', 'show route where source = RTS_BGP && bgp_path.len > 1',
    'show route where gw = 10.0.0.2', 'show route where defined(bgp_med)', 'show route where ifname = "lan0"',
    'show route where lab_mark = 7', 'show route where 1', 'show route where is_blocked(net)', 'show route where proto = "static4" all',
    'show route filter from_upstream', 'show route filter to_peers all', 'show route filter nosuch',
    'show route table roas4', 'show route table roas4 all', 'show route table roas6', 'show route protocol origins',
    'show route table roas4 count', 'show route where roa_check(roas4, net, bgp_path.last) = ROA_VALID',
    'show route where source = RTS_STATIC table side4', 'show route primary where source = RTS_BGP',
    'show route export up', 'show route preexport up', 'show route noexport up', 'show route exported up',
    'show route export up.ipv6', 'show route export up all', 'show route all export up.ipv4', 'show route export reflected.ipv4 all',
    'show route export kernel4', 'show route export kernel4 all', 'show route export disabled_peer', 'show route export wrong_as',
    'show route export nosuch', 'show route noexport kernel4', 'show route preexport kernel6', 'show route exported reflected',
    'show route export side', 'show route export up primary', 'show route export up 198.18.12.0/24', 'show route export up where net ~ [198.18.0.0/20+]',
    'show route import table reflected.ipv4', 'show route export table reflected.ipv4', 'show route import table up.ipv4',
    'show route import table reflected.ipv4 all', 'show route import table nosuch.ipv4',
    'show route count', 'show route stats', 'show route count protocol up', 'show route protocol up count', 'show route count filtered',
    'show route count table master4', 'show route table all count', 'show route primary count', 'show route count where source = RTS_BGP',
    'show route export up count', 'show route stats table side4', 'show route 198.18.12.0/24 count', 'show route for 198.18.12.1 stats',
    'show static', 'show static static4', 'show static static6', 'show static nosuch', 'show static up', 'show static asleep',
    'show symbols', 'show symbols table', 'show symbols filter', 'show symbols function', 'show symbols protocol',
    'show symbols template', 'show symbols from_upstream', 'show symbols nosuch', 'show symbols LAB', 'show symbols lab_mark',
    'show bfd sessions', 'show bfd sessions nosuch', 'show ospf', 'show ospf neighbors', 'show rip interfaces', 'show babel entries', 'show roa', 'show threads',
    'show', 'show nonsense', 'nonsense', '', 'show status extra', 'sh st',
    'eval 1+1', 'eval (1,2)', 'eval 1.2.3.4', 'eval "abc"', 'eval true', 'eval 10.0.0.0/8', 'eval (rt, 1, 2)', 'eval (1,2,3)',
    'eval MY_AS', 'eval LAB', 'eval is_blocked(203.0.113.0/25)', 'eval [= 1 * 3 =]', 'eval RTS_BGP', 'eval net', 'eval', 'eval nosuch', 'eval 1+', 'eval 1/0',
    ('timeformat iso long', 'show status'), ('timeformat iso short ms', 'show protocols up'), ('timeformat "%T" 3600 "%F"', 'eval 1'), 'timeformat nonsense',
    ('echo all', 'echo off'), 'echo { warning, error } 1024', 'echo 5', 'echo { warning } 5',
    ('debug up { states, routes, filters, interfaces, events, packets }', 'debug up off'), ('debug up.ipv4 { routes }', 'debug up.ipv4 off'),
    'debug nosuch all', 'debug "r*" off', 'debug up nonsense', 'debug all off',
    ('mrtdump up { states, messages }', 'mrtdump up off'), 'mrtdump nosuch all',
    ('restrict', 'show status', 'disable up', 'enable up', 'restart up', 'reload up', 'configure', 'configure check', 'configure undo',
     'debug up all', 'mrtdump up off', 'dump routes', 'down', 'graceful restart', 'eval 1', 'echo off', 'show route count', 'restrict'),
    'disable', 'enable nosuch', 'enable "nosuch*"', 'disable asleep', 'enable up', 'restart disabled_peer', 'reload disabled_peer', 'restart static6 extra',
    ('disable passive_peer "maintenance tonight"', 'disable passive_peer', 'show protocols all passive_peer', 'enable passive_peer', 'enable passive_peer'),
    ('disable "unreach*"', 'show protocols unreachable_peer', 'enable "unreach*"'),
    ('disable static6', 'show protocols static6', 'show route protocol static6', 'enable static6', 'show protocols static6'),
    'restart static6', 'reload static4', 'reload in kernel4', 'reload out kernel4', 'reload in up', 'reload out up', 'reload up', 'reload in "static*"', 'reload in direct_all', 'reload passive_peer', 'reload in "*peer"', 'reload nosuch',
    'configure check', 'configure check "/nonexistent"', 'configure "/nonexistent"', 'configure confirm', 'configure status', 'configure undo nonsense',
    ('configure', 'configure soft', 'configure confirm', 'configure undo', 'configure undo', 'configure status'),
    ('configure timeout 60', 'configure status', 'configure confirm', 'configure confirm', 'configure status'),
    ('configure soft timeout 50', 'configure undo', 'configure undo'),
    'graceful restart nonsense', 'down nonsense',
]

# command: why our answer differs on purpose, and how our last line begins.
DELIBERATE = {
    'timeformat iso long': ('a command of 2.19, which 2.0 does not have', '0000'),
    'timeformat iso short ms': ('a command of 2.19', '0000'),
    'timeformat "%T" 3600 "%F"': ('a command of 2.19', '0000'),
    'show roa': ("1.6's command is answered too", '0000'),
    'dump routes': ('a session that may only ask does not fill the log: as in 2.19', '8007'),
    'reload in direct_all': ('its routes can be filtered again here', '0000'),
    'show route exported up': ('tells what was really sent: not what has the peer itself as next hop', '0000'),
}

MASKS = [
    (re.compile(r'BIRD 2[\w.+]*'), 'BIRD <version>'),
    (re.compile(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?'), '<datetime>'),
    (re.compile(r'\b\d\d:\d\d:\d\d(\.\d+)?'), '<time>'),
    (re.compile(r'(timer|Wait|wait|delay):(\s+)\d+(\.\d+)?/'), r'\1:\2<left>/'),
    (re.compile(r'undo in \d+(\.\d+)? s'), 'undo in <left>'),
    (re.compile(r'((Import|Export) (updates|withdraws):).*'), r'\1 <counters>'),
    (re.compile(r' *\d+(\.\d+)? +k?M?B\b'), ' <bytes>'),
    (re.compile(r'\bindex=\d+'), 'index=<n>'),
    (re.compile(r'\bfe80::[0-9a-f:]+'), '<link-local>'),
    (re.compile(r'/tmp/\S*/'), '<dir>/'),
    (re.compile(r' flush  '), ' down   '),  # an instant later it is
]


def masked(code, text):
    for pattern, to in MASKS:
        text = pattern.sub(to, text)
    # Texts of what cannot be understood are ours: BIRD's name the tokens of its parser.
    if code in (9001, 8002, 8008, 9002):
        text = '<error>'
    return '%04d %s' % (code, text.rstrip())


class Parity(NetworkTest):
    maxDiff = None

    def lab(self, program):
        """One network with the daemon under test and its peers."""
        net = Network('cp')
        self.addCleanup(net.close)
        nodes = [net.node(n) for n in ('s', 'p1', 'p2', 'p3')]
        net.lan(*[(n, 'eth0', '10.0.0.%d/24' % i, 'fd00::%d/64' % i) for i, n in enumerate(nodes, 1)])
        s, p1, p2, p3 = nodes
        net.lan((s, 'lan0', '10.1.99.1/24'))
        s.ip('route', 'add', '172.30.0.5/32', 'dev', 'lan0', 'scope', 'link')
        s.ip('route', 'add', '172.30.1.0/24', 'via', '10.0.0.2', 'metric', '50', 'proto', 'static')
        s.ip('route', 'add', 'blackhole', '172.30.2.0/24', 'metric', '60')
        s.ip('-6', 'route', 'add', '2001:db8:30::5/128', 'dev', 'lan0')
        s.ip('-6', 'route', 'add', '2001:db8:31::/48', 'via', 'fd00::2')
        peer = 'local 10.0.0.%d as %d; neighbor 10.0.0.1 as 65001; connect delay time 1; connect retry time 1; error wait time 1, 2;'
        BirdLike(p1, BIRD, base('10.0.0.2') + static4('10.65.2.0/24 blackhole', '10.65.3.0/24 blackhole', '203.0.113.0/24 blackhole') +
                 static6('2001:db8:2::/48 blackhole') + 'protocol bgp tested { %s graceful restart on; ipv4 { import all; export filter '
                 '{ bgp_med = 5; bgp_path.prepend(65099); bgp_community.add((65002, 1)); accept; }; }; ipv6 { import all; export all; }; }'
                 % (peer % (2, 65002)), name='bird')
        BirdLike(p2, BIRD, base('10.0.0.3') + static4('10.65.7.0/24 blackhole', '10.65.2.0/24 blackhole') + 'protocol bgp tested { %s ipv4 '
                 '{ import all; export all; add paths on; }; }' % (peer % (3, 65001)), name='bird')
        BirdLike(p3, BIRD, base('10.0.0.4') + 'protocol bgp tested { %s ipv4 { import all; export all; }; }' % (peer % (4, 65004)), name='bird')
        return BirdLike(s, program, HEAD, name='tested')

    def settled(self, daemon):
        text = daemon.text('show protocols all')
        return (daemon.established('up') and daemon.established('reflected') and 'Bad peer AS' in text.replace('Error: Bad', 'Bad')
                and daemon.text('show route for 10.65.7.1').count('reflected') and '2001:db8:2::/48' in daemon.text('show route'))

    @needs_bird
    def test_every_command_is_answered_as_bird_does(self):
        ours, theirs = self.lab(BGPD), self.lab(BIRD)
        for daemon in (ours, theirs):
            self.eventually(lambda: self.settled(daemon), lambda: 'all sessions are where they shall be: ' + daemon.text('show protocols'), 60)
        time.sleep(6)  # two scans of the kernel; refreshes are over
        different = 0
        for command in COMMANDS:
            lines = command if isinstance(command, tuple) else (command,)
            a, b = [self.replies(daemon, lines) for daemon in (ours, theirs)]
            for one, mine, real in zip(lines, a, b):
                if one in DELIBERATE:
                    self.assertTrue(mine[0].startswith(DELIBERATE[one][1]), (one, mine))
                    continue
                if mine != real:
                    different += 1
                    print('\n> %s' % one)
                    for line in sorted(set(real) - set(mine)):
                        print('  bird: ' + line)
                    for line in sorted(set(mine) - set(real)):
                        print('  ours: ' + line)
                    if set(mine) == set(real):
                        print('  other number of equal lines: %r %r' % (len(mine), len(real)))
            if lines[0].startswith(('restart', 'disable', 'reload', 'configure')):
                time.sleep(0.5)
        self.assertEqual(different, 0, 'answers differ, see above')

    def replies(self, daemon, lines):
        connection = ControlSocket(daemon.socket)
        try:
            return [sorted(masked(*line) for line in connection.command(one)) for one in lines]
        finally:
            connection.close()


if __name__ == '__main__':
    main()
