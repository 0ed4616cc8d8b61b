#!/usr/bin/env python3
"""MRT dumps beside a real BIRD's: two networks of equal addresses, one with bgpd and one with BIRD, are fed alike; what both
write is read by bgpdump, and must be the same line for line."""
import bz2
import collections
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
import unittest

from full_table import MARKER, libc_setns
from support import NetworkTest, base, bgp, main, needs_bird

SHARED = os.environ.get('AVOCET_SHARED', '')
MANY_PEERS = [os.path.join(SHARED, 'data/mrt', name) for name in
              ('rv2-20140523.first9072pfx.35peers.mrt.bz2', 'rv6-20151101.first6870pfx.27peers.mrt.bz2')]
needs_bgpdump = unittest.skipUnless(shutil.which('bgpdump'), 'no bgpdump on this machine (Debian: bgpdump)')

BOTH = '''ipv4 { import all; export all; %s }; ipv6 { import all; export all; next hop self; %s };'''


def bgpdump(path, *flags):
    """What it prints. Anything that it finds wrong with the file is an error."""
    done = subprocess.run(['bgpdump', '-v', *flags, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    complaints = [line for line in done.stderr.splitlines() if 'logging to stderr' not in line]
    if done.returncode or complaints:
        raise AssertionError('bgpdump of %s: %s' % (path, complaints or done.returncode))
    return done.stdout


def lines(path, form='-m'):
    """What bgpdump says of a file, without the time."""
    text = bgpdump(path, *([form] if form else []))
    if form:
        # Type, time, kind; of table dumps the time is that of the dump, and -t puts the route's own time there.
        return sorted(re.sub(r'^(\w+)\|[0-9.]+\|', r'\1|', line) for line in text.splitlines())
    text = re.sub(r'\bfe80::[0-9a-f:]+', 'fe80::', text)  # of the peer's interface, which is another one on the other side
    blocks = re.sub(r'(?m)^(TIME|ORIGINATED|SEQUENCE): .*\n', '', text).split('\n\n')
    return sorted(block.strip() for block in blocks if block.strip())


def originated(path):
    """When the routes of a dump came, in seconds."""
    return [time.mktime(time.strptime(text, '%m/%d/%y %H:%M:%S')) for text in re.findall(r'(?m)^ORIGINATED: (.*)$', bgpdump(path))]


class TwoNetworks(NetworkTest):
    """`us` and `bird` at 10.0.0.1 (fd00::1), each with its own peers at 10.0.0.2, 10.0.0.3 (fd00::2, fd00::3)."""

    def networks(self, peers):
        sides = []
        for side in 'ab':
            nodes = [self.net.node(side + str(i)) for i in range(1, peers + 2)]
            self.net.lan(*[(n, 'eth0', '10.0.0.%d/24' % i, 'fd00::%d/64' % i) for i, n in enumerate(nodes, 1)])
            sides.append(nodes)
        return sides

    def path(self, name):
        return os.path.join(self.net.dir, name)

    def dumps(self, ours, bird, command):
        """Carries `mrt dump COMMAND` out at both; the two files."""
        files = []
        for name, daemon in (('ours', ours), ('bird', bird)):
            path = self.path('%s-%d' % (name, len(os.listdir(self.net.dir))))
            answer = daemon.ask('mrt dump to "%s" %s' % (path, command))
            self.assertEqual([code for code, _ in answer], [0], answer)
            files.append(path)
        return files

    def same(self, files):
        for form in ('-m', ''):
            first, second = [lines(path, form) for path in files]
            self.assertEqual(first, second)
        return lines(files[0])


@needs_bird
@needs_bgpdump
class Dumps(TwoNetworks):
    def feed(self, side, add_paths=''):
        """Two neighbours of BIRD's: one outside of our AS with all kinds of attributes, and a reflector of our own AS."""
        _, first, second = side
        self.bird(first, base('10.0.0.2') + '''
protocol static s4 { ipv4;
  route 192.168.1.0/24 blackhole { bgp_community.add((65002, 7)); bgp_community.add((65535, 65281));
    bgp_large_community.add((65002, 1, 2)); bgp_ext_community.add((rt, 65002, 300)); bgp_path.prepend(4200000001); bgp_med = 40; };
  route 192.168.2.0/24 blackhole { bgp_origin = ORIGIN_INCOMPLETE; bgp_path.prepend(65099); };
  route 192.168.3.128/25 blackhole; route 0.0.0.0/0 blackhole; route 192.168.4.4/32 blackhole; }
protocol static s6 { ipv6; route fd00:1::/32 blackhole { bgp_large_community.add((1, 2, 3)); }; route fd00:2:0:8000::/49 blackhole; route ::/0 blackhole; }
''' + bgp('r', '10.0.0.2', 65002, '10.0.0.1', 65001, '', BOTH % ('', '')) +
                  bgp('r6', 'fd00::2', 65002, 'fd00::1', 65001, '', 'ipv6 { import none; export all; };'))
        self.bird(second, base('10.0.0.3', direct=False) + '''
protocol static one { ipv4; route 192.168.1.0/24 blackhole { bgp_path.prepend(65050); bgp_local_pref = 200; }; }
ipv4 table more; protocol static two { ipv4 { table more; }; route 192.168.1.0/24 blackhole { bgp_path.prepend(65060); }; }
protocol pipe { table master4; peer table more; import all; export none; }
''' + bgp('r', '10.0.0.3', 65001, '10.0.0.1', 65001, 'direct; rr client;',
          'ipv4 { import none; export where net = 192.168.1.0/24; next hop self; %s };' % add_paths.replace('rx', 'tx')))

    def judged(self, add_paths='', more=''):
        return (base('10.0.0.1') + 'filter f { if net.len > 24 then reject; bgp_community.add((9, 9)); accept; }\n' + more +
                'protocol static own { ipv4; route 172.16.0.0/12 blackhole; }\n' +
                bgp('p1', '10.0.0.1', 65001, '10.0.0.2', 65002, 'passive;', BOTH % ('', '')) +
                bgp('p16', 'fd00::1', 65001, 'fd00::2', 65002, 'passive;', 'ipv6 { import all; export none; };') +
                bgp('p2', '10.0.0.1', 65001, '10.0.0.3', 65001, 'passive; direct;', 'ipv4 { import all; export none; %s };' % add_paths))

    def both(self, add_paths='', more=''):
        sides = self.networks(2)
        ours = self.bgpd(sides[0][0], self.judged(add_paths, more.replace('SIDE', self.path('ours'))))
        bird = self.bird(sides[1][0], self.judged(add_paths, more.replace('SIDE', self.path('bird'))))
        for side in sides:
            self.feed(side, add_paths)
        for daemon in (ours, bird):
            daemon.wait_established('p1', 'p16', 'p2')

        wanted = [8 if add_paths else 7, 6]

        def counts(daemon):
            return [int(re.findall(r' of (\d+) routes', daemon.text('show route table %s count' % table))[-1]) for table in ('master4', 'master6')]
        self.eventually(lambda: counts(ours) == counts(bird) == wanted, lambda: 'both hold all routes: %s %s' % (counts(ours), counts(bird)))
        time.sleep(1)  # the seconds of a dump are to be later ones than those of the routes
        return ours, bird

    def test_tables_of_both_families_are_the_same_lines(self):
        ours, bird = self.both()
        four = self.same(self.dumps(ours, bird, 'table master4'))
        self.assertGreaterEqual(len(four), 7)
        six = self.same(self.dumps(ours, bird, 'table master6'))
        self.assertGreaterEqual(len(six), 6)
        files = self.dumps(ours, bird, 'table "master*" filter f')
        self.assertTrue(all('/25|' not in line and '9:9' in line for line in self.same(files)))
        self.same(self.dumps(ours, bird, 'table "master*" where net ~ 192.168.0.0/16'))
        # The seconds are those when a route came, not those of the dump.
        now = time.time()
        times = originated(files[0])
        self.assertEqual(len(times), 7)
        self.assertTrue(all(now - 600 < t < now - 0.5 for t in times), (now, times))

    def test_routes_with_path_ids_are_the_same_lines(self):
        ours, bird = self.both('add paths rx;')
        found = self.same(self.dumps(ours, bird, 'table master4'))
        self.assertEqual(sum('|192.168.1.0/24|' in line for line in found), 3, found)

    def test_a_protocol_writes_as_often_as_the_same_protocol_of_bird(self):
        more = 'protocol mrt { table "master*"; filename "SIDE-%N"; period 2; where net.len > 0; always add path; }\n'
        ours, bird = self.both(more=more)
        self.eventually(lambda: all(os.path.exists(self.path(side + '-master6')) for side in ('ours', 'bird')), 'both have dumped')
        time.sleep(4.5)
        for daemon in (ours, bird):
            daemon.ask('disable mrt1')
        time.sleep(0.5)
        for table in ('master4', 'master6'):
            # The files grow with each dump: what the last one holds is compared.
            last = [sorted(set(lines(self.path(side + '-' + table)))) for side in ('ours', 'bird')]
            self.assertEqual(*last)
        rows = [[line for line in daemon.text('show protocols mrt1').splitlines() if 'mrt1' in line][-1].split() for daemon in (ours, bird)]
        self.assertEqual(*[row[:4] for row in rows])

    def test_what_sessions_record_are_the_same_messages_and_states(self):
        more = 'mrtdump "SIDE"; mrtdump protocols all;\n'
        ours, bird = self.both('add paths rx;', more=more)
        def states(side):
            """The way of each session from its first connection on, which waits for the peer alone."""
            ways = collections.defaultdict(list)
            for line in bgpdump(self.path(side), '-m').splitlines():
                if '|STATE|' in line:
                    _, _, _, peer, asn, old, new = line.split('|')[:7]
                    ways[peer, asn].append((old, new))
            return {who: way[way.index(('4', '5')):] for who, way in ways.items() if ('4', '5') in way}
        for daemon in (ours, bird):
            daemon.ask('disable p2')
        self.eventually(lambda: all(states(side).get(('10.0.0.3', '65001'), [None])[-1] == ('6', '1') for side in ('ours', 'bird')),
                        'the end of the session is recorded')
        updates = [sorted({line for line in lines(self.path(side)) if '|A|' in line or '|W|' in line}) for side in ('ours', 'bird')]
        self.assertEqual(*updates)
        self.assertTrue(any('4200000001' in line for line in updates[0]))
        self.assertEqual(sum('|192.168.1.0/24|' in line for line in updates[0]), 3)

        self.assertEqual(states('ours'), states('bird'))
        self.assertEqual(states('ours')['10.0.0.3', '65001'][-1], ('6', '1'))
        kinds = [collections.Counter(re.findall(r'(?m)^TYPE: (BGP4MP/MESSAGE/(?:Open|Notification))$', bgpdump(self.path(side))))
                 for side in ('ours', 'bird')]
        self.assertEqual(*kinds)


def records(path):
    """Type, subtype and body of each record."""
    with bz2.open(path) as f:
        data = f.read()
    at = 0
    while at + 12 <= len(data):
        _, kind, subtype, length = struct.unpack_from('>IHHI', data, at)
        yield kind, subtype, data[at + 12:at + 12 + length]
        at += 12 + length


def recorded(path):
    """AS number and routes of each peer: {attributes: [prefix bytes]}, attributes without MP_REACH_NLRI; the next hop apart."""
    peers = []
    for kind, subtype, body in records(path):
        if (kind, subtype) == (13, 1):
            at = 6 + struct.unpack_from('>H', body, 4)[0]
            count, = struct.unpack_from('>H', body, at)
            at += 2
            for _ in range(count):
                flags = body[at]
                at += 5 + (16 if flags & 1 else 4)
                size = 4 if flags & 2 else 2
                peers.append((int.from_bytes(body[at:at + size], 'big'), collections.defaultdict(list)))
                at += size
        elif kind == 13 and subtype in (2, 4):
            length = body[4]
            end = 5 + (length + 7) // 8
            prefix = body[4:end]
            count, = struct.unpack_from('>H', body, end)
            at = end + 2
            for _ in range(count):
                peer, _, size = struct.unpack_from('>HIH', body, at)
                peers[peer][1][body[at + 8:at + 8 + size]].append(prefix)
                at += 8 + size
    return [peer for peer in peers if peer[1]]


def update(attributes, prefixes, six):
    """One UPDATE; IPv6 prefixes go into the MP_REACH_NLRI that the dump has shortened to its next hop."""
    if not six:
        body = struct.pack('>HH', 0, len(attributes)) + attributes + b''.join(prefixes)
    else:
        out, at = b'', 0
        while at < len(attributes):
            flags, code = attributes[at], attributes[at + 1]
            head = 4 if flags & 0x10 else 3
            size = int.from_bytes(attributes[at + 2:at + head], 'big')
            value = attributes[at + head:at + head + size]
            if code == 14:
                if value[0] == 0:                  # some collectors leave it as it was on the wire, against RFC 6396 4.3.4
                    value = value[3:4 + value[3]]
                value = struct.pack('>HB', 2, 1) + value + b'\0' + b''.join(prefixes)
                out += struct.pack('>BBH', 0x90, 14, len(value)) + value
            else:
                out += attributes[at:at + head + size]
            at += head + size
        body = struct.pack('>HH', 0, len(out)) + out
    return MARKER + struct.pack('>HB', 19 + len(body), 2) + body


def update_stream(routes, six):
    for attributes, prefixes in routes.items():
        room = 4096 - 23 - len(attributes) - 16
        part, used = [], 0
        for prefix in prefixes:
            if used + len(prefix) > room and part:
                yield update(attributes, part, six)
                part, used = [], 0
            part.append(prefix)
            used += len(prefix)
        if room > 0:
            yield update(attributes, part, six)


class Peer:
    """One eBGP speaker of a recording; it says what is there and stays."""

    def __init__(self, node, local, asn, routes, six):
        self.sent = threading.Event()
        threading.Thread(target=self.run, args=(node, local, asn, routes, six), daemon=True).start()

    def run(self, node, local, asn, routes, six):
        here = os.open('/proc/self/ns/net', os.O_RDONLY)
        there = os.open('/run/netns/' + node.ns, os.O_RDONLY)
        libc_setns(there)
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        libc_setns(here)
        os.close(here), os.close(there)
        s.bind((local, 0))
        while s.connect_ex(('10.0.0.1', 179)):
            time.sleep(0.1)
        capabilities = bytes([1, 4, 0, 2 if six else 1, 0, 1, 65, 4]) + struct.pack('>I', asn)
        body = struct.pack('>BHH', 4, asn if asn < 65536 else 23456, 600) + socket.inet_aton(local) + bytes(
            [len(capabilities) + 2, 2, len(capabilities)]) + capabilities
        s.sendall(MARKER + struct.pack('>HB', 19 + len(body), 1) + body + MARKER + struct.pack('>HB', 19, 4))
        time.sleep(1)
        try:
            for message in update_stream(routes, six):
                s.sendall(message)
            self.sent.set()
            while s.recv(65536):
                pass
        except OSError:
            pass
        s.close()


@needs_bird
@needs_bgpdump
@unittest.skipUnless(all(map(os.path.exists, MANY_PEERS)), 'AVOCET_SHARED/data/mrt is not there')
class ManyPeers(TwoNetworks):
    def judge(self, path, six):
        peers = recorded(path)
        sides = self.networks(1)
        family = 'ipv6' if six else 'ipv4'
        config = 'router id 10.0.0.1; protocol device { } %s table hops;\n' % family
        config += 'protocol static { %s { table hops; }; route %s via %s; }\n' % (family, '::/0' if six else '0.0.0.0/0', 'fd00::2' if six else '10.0.0.2')
        for i, (asn, _) in enumerate(peers):
            config += ('protocol bgp p%d { local 10.0.0.1 as 64999; neighbor 10.0.0.%d as %d; passive; multihop; hold time 600;'
                       ' %s { import all; export none; igp table hops; }; }\n' % (i, 10 + i, asn, family))
        daemons = [self.bgpd(sides[0][0], config), self.bird(sides[1][0], config)]
        for side in sides:
            for i, (asn, routes) in enumerate(peers):
                side[1].ip('addr', 'add', '10.0.0.%d/24' % (10 + i), 'dev', 'eth0')
        feeders = [Peer(side[1], '10.0.0.%d' % (10 + i), asn, routes, six) for side in sides for i, (asn, routes) in enumerate(peers)]
        self.eventually(lambda: all(feeder.sent.is_set() for feeder in feeders), lambda: 'all is sent: %s %s' % (
            daemons[0].log()[-2000:], daemons[1].log()[-2000:]), 120)
        table = 'master6' if six else 'master4'

        def counts():
            return [daemon.text('show route table %s count' % table).strip().splitlines()[-1].split(' of ')[-1] for daemon in daemons]
        previous = [None]

        def settled():
            now = counts()
            before, previous[0] = previous[0], now
            time.sleep(0.5)
            return now == before and now[0] == now[1]
        self.eventually(settled, lambda: 'both hold the same number of routes: %s' % counts(), 120)
        self.assertGreater(int(counts()[0].split()[0]), 100000)
        files = self.dumps(*daemons, 'table ' + table)
        first, second = [lines(path) for path in files]
        self.assertGreater(len(first), 100000)
        self.assertEqual(len(first), len(second))
        differences = [(a, b) for a, b in zip(first, second) if a != b]
        self.assertEqual(differences[:5], [])

    def test_270_000_routes_of_35_peers(self):
        self.judge(MANY_PEERS[0], False)

    def test_150_000_ipv6_routes_of_27_peers(self):
        self.judge(MANY_PEERS[1], True)


if __name__ == '__main__':
    main()
