#!/usr/bin/env python3
"""A monitoring station, written from RFC 7854, listens to bgpd; its peers are real BIRDs. What the station knows at the end
must be what the peers told, before and after the import filter."""
import os
import select
import socket
import struct
import threading
import time

from full_table import libc_setns
from support import NetworkTest, base, bgp, main, needs_bird, session_since


class Station:
    """Takes one connection at a time and keeps what it is told."""

    def __init__(self, node, address, port):
        here = os.open('/proc/self/ns/net', os.O_RDONLY)
        there = os.open('/run/netns/' + node.ns, os.O_RDONLY)
        libc_setns(there)
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.listener.bind((address, port))
        self.listener.listen()
        libc_setns(here)
        os.close(here), os.close(there)
        self.reading = threading.Event()
        self.reading.set()
        self.connections, self.problem, self.closed = 0, None, False
        self.forget()
        threading.Thread(target=self.run, daemon=True).start()

    def forget(self):
        self.names, self.peers, self.routes, self.ends, self.log, self.terminated = [], {}, {}, [], [], None

    def run(self):
        try:
            while not self.closed:
                connection, _ = self.listener.accept()
                self.forget()
                self.connections += 1
                self.connection = connection
                pending = b''
                while True:
                    self.reading.wait()
                    select.select([connection], [], [], 1)
                    data = connection.recv(65536)
                    if not data:
                        break
                    pending += data
                    while len(pending) >= 6 and len(pending) >= struct.unpack_from('>I', pending, 1)[0]:
                        size, = struct.unpack_from('>I', pending, 1)
                        self.message(pending[:size])
                        pending = pending[size:]
                connection.close()
        except OSError as problem:
            if not self.closed:
                self.problem = problem
        except Exception as problem:  # a test waits for what this thread would have found
            self.problem = problem
            raise

    def close(self):
        self.closed = True
        self.reading.set()
        self.listener.close()

    def message(self, data):
        version, size, kind = struct.unpack_from('>BIB', data)
        assert version == 3 and size == len(data), data
        body = data[6:]
        if kind == 4:
            while body:
                tlv, length = struct.unpack_from('>HH', body)
                self.names.append((tlv, body[4:4 + length].decode()))
                body = body[4 + length:]
            return
        if kind == 5:
            self.terminated = struct.unpack('>HHH', body)
            return
        peer_type, flags, _, address, asn, router_id, seconds, _ = struct.unpack_from('>BB8s16sI4sII', body)
        assert peer_type == 0
        peer = (socket.inet_ntop(socket.AF_INET6, address) if flags & 0x80 else socket.inet_ntoa(address[12:]), asn, socket.inet_ntoa(router_id))
        body = body[42:]
        if kind == 3:
            assert peer not in self.peers, 'twice up'
            local, local_port, peer_port = struct.unpack_from('>16sHH', body)
            opens = body[20:]
            first, = struct.unpack_from('>H', opens, 16)
            assert opens[18] == 1 and opens[first + 18] == 1 and len(opens) == first + struct.unpack_from('>H', opens, first + 16)[0]
            self.peers[peer] = (socket.inet_ntoa(local[12:]), local_port, peer_port, opens[:first], opens[first:])
            self.log.append(('up', peer[0]))
        elif kind == 2:
            del self.peers[peer]
            self.routes = {key: value for key, value in self.routes.items() if key[0] != peer}
            self.log.append(('down', peer[0], body[0], tuple(body[20:22])))
        else:
            assert kind == 0 and peer in self.peers, (kind, peer)
            assert flags & 0x3f == 0
            self.update(peer, bool(flags & 0x40), seconds, body)

    def update(self, peer, post, seconds, data):
        assert data[:16] == b'\xff' * 16 and data[18] == 2 and struct.unpack_from('>H', data, 16)[0] == len(data)
        withdrawn, = struct.unpack_from('>H', data, 19)
        length, = struct.unpack_from('>H', data, 21 + withdrawn)
        attributes = data[23 + withdrawn:23 + withdrawn + length]
        nlri = data[23 + withdrawn + length:]
        found, reach, unreach = {}, None, None
        while attributes:
            head = 4 if attributes[0] & 0x10 else 3
            size = int.from_bytes(attributes[2:head], 'big')
            value = attributes[head:head + size]
            if attributes[1] == 14:
                reach = value
            elif attributes[1] == 15:
                unreach = value
            else:
                found[attributes[1]] = value
            attributes = attributes[head + size:]
        four = data[21:21 + withdrawn]
        if not (four or nlri or reach or (unreach and len(unreach) > 3)):
            self.ends.append((peer[0], post, 6 if unreach else 4))
            return
        for prefix in self.prefixes(peer, four) + self.prefixes(peer, unreach[3:] if unreach else b'', True):
            del self.routes[peer, post, prefix]  # which must have been told
        for prefix in self.prefixes(peer, nlri) + self.prefixes(peer, reach[5 + reach[3]:] if reach else b'', True):
            assert abs(time.time() - seconds) < 300
            self.routes[peer, post, prefix] = found

    def prefixes(self, peer, data, six=False):
        # Path ids, if both OPENs have capability 69 for IPv4 with sending at the peer: told by the test.
        ids, out = peer[0] in getattr(self, 'with_ids', ()) and not six, []
        while data:
            number = None
            if ids:
                number, data = int.from_bytes(data[:4], 'big'), data[4:]
            size = (data[0] + 7) // 8
            family, full = (socket.AF_INET6, 16) if six else (socket.AF_INET, 4)
            text = '%s/%d' % (socket.inet_ntop(family, data[1:1 + size].ljust(full, b'\0')), data[0])
            out.append(text if number is None else (text, number))
            data = data[1 + size:]
        return out

    def table(self, post, peer=None):
        return {prefix: attributes for (who, policy, prefix), attributes in self.routes.items() if policy == post and peer in (None, who[0])}


BMP = '''
protocol bmp station { station address ip 10.0.0.9 port 1790; monitoring rib in pre_policy; monitoring rib in post_policy;
  system name "router one"; system description "a test"; }
filter f { if net.len > 24 then reject; bgp_community.add((9, 9)); accept; }
'''
COMMUNITIES, PATH = 8, 2


@needs_bird
class Monitoring(NetworkTest):
    def setUp(self):
        super().setUp()
        self.nodes = [self.net.node('n%d' % i) for i in range(4)]
        self.us, self.one, self.two, at = self.nodes
        self.net.lan(*[(n, 'eth0', '10.0.0.%d/24' % i, 'fd00::%d/64' % i) for n, i in zip(self.nodes, (1, 2, 3, 9))])
        self.station_node = at
        self.station = self.listen()

    def listen(self):
        station = Station(self.station_node, '10.0.0.9', 1790)
        self.addCleanup(station.close)
        return station

    def config(self, more='', filter='filter f', bmp=BMP):
        both = 'ipv4 { import %s; export none; %%s }; ipv6 { import %s; export none; };' % (filter, filter)
        return base('10.0.0.1') + bmp + bgp('p1', '10.0.0.1', 65001, '10.0.0.2', 65002, 'passive;', both % '') + \
            bgp('p2', '10.0.0.1', 65001, '10.0.0.3', 65001, 'passive; direct;', both % 'add paths rx;') + more

    def feed(self):
        self.first = self.bird(self.one, self.first_config())
        self.second = self.bird(self.two, base('10.0.0.3') + '''
protocol static one { ipv4; route 192.168.1.0/24 blackhole { bgp_path.prepend(65050); }; }
ipv4 table more; protocol static two { ipv4 { table more; }; route 192.168.1.0/24 blackhole { bgp_path.prepend(65060); }; }
protocol pipe { table master4; peer table more; import all; export none; }
''' + bgp('r', '10.0.0.3', 65001, '10.0.0.1', 65001, 'direct; rr client;',
          'ipv4 { import none; export where net = 192.168.1.0/24; next hop self; add paths tx; }; ipv6 { import none; export all; };'))
        self.station.with_ids = ('10.0.0.3',)

    def first_config(self, more='', many=0):
        return base('10.0.0.2') + '''
protocol static s4 { ipv4; route 192.168.1.0/24 blackhole; route 192.168.2.0/25 blackhole; route 192.168.3.0/24 blackhole; %s %s }
protocol static s6 { ipv6; route fd00:1::/32 blackhole; route ::/0 blackhole; }
''' % (more, ' '.join('route 172.%d.%d.0/24 blackhole;' % (16 + i // 256, i % 256) for i in range(many))) + bgp(
            'r', '10.0.0.2', 65002, '10.0.0.1', 65001, '', 'ipv4 { import none; export where source = RTS_STATIC; }; ipv6 { import none; export all; next hop self; };')

    def knows(self, wanted, post, peer='10.0.0.2', what='', station=None):
        station = station or self.station
        self.eventually(lambda: set(station.table(post, peer)) == wanted or station.problem,
                        lambda: '%s %s: %s, wanted %s' % (what, 'after' if post else 'before', set(station.table(post, peer)), wanted), 20)
        self.assertIsNone(station.problem)

    FOUR = {'192.168.1.0/24', '192.168.2.0/25', '192.168.3.0/24'}
    SIX = {'fd00:1::/32', '::/0'}

    def everything(self):
        self.knows(self.FOUR | self.SIX, False)
        self.knows({'192.168.1.0/24', '192.168.3.0/24', '::/0'}, True)
        self.eventually(lambda: len(self.station.table(False, '10.0.0.3')) == 2, 'both paths of the other peer')

    def test_what_peers_tell_before_and_after_the_filter(self):
        ours = self.bgpd(self.us, self.config())
        self.feed()
        ours.wait_established('p1', 'p2')
        self.everything()
        station = self.station
        self.assertEqual(station.names, [(1, 'a test'), (2, 'router one')])
        self.assertEqual(set(station.peers), {('10.0.0.2', 65002, '10.0.0.2'), ('10.0.0.3', 65001, '10.0.0.3')})
        local, local_port, peer_port, sent, received = station.peers['10.0.0.2', 65002, '10.0.0.2']
        self.assertEqual((local, local_port), ('10.0.0.1', 179))
        self.assertGreater(peer_port, 1023)
        self.assertEqual(socket.inet_ntoa(sent[24:28]), '10.0.0.1')
        self.assertEqual(socket.inet_ntoa(received[24:28]), '10.0.0.2')
        self.assertNotIn(COMMUNITIES, station.table(False, '10.0.0.2')['192.168.3.0/24'])
        self.assertEqual(station.table(True, '10.0.0.2')['192.168.3.0/24'][COMMUNITIES], struct.pack('>HH', 9, 9))
        paths = {(prefix, attributes[PATH][-4:]) for (prefix, _), attributes in station.table(False, '10.0.0.3').items()}
        self.assertEqual(paths, {('192.168.1.0/24', struct.pack('>I', 65050)), ('192.168.1.0/24', struct.pack('>I', 65060))})
        self.eventually(lambda: set(station.ends) == {(peer, post, family) for peer in ('10.0.0.2', '10.0.0.3') for post in (False, True) for family in (4, 6)},
                        lambda: 'each End-of-RIB: %s' % station.ends)
        self.assertEqual(len(station.ends), 8)
        row = [line for line in ours.text('show protocols station').splitlines() if 'BMP' in line][0].split()[-6:]
        self.assertEqual((row[1], row[2], row[3], row[5]), ('BMP', '---', 'up', 'Established'))

    def test_changes_of_routes_filters_and_sessions(self):
        ours = self.bgpd(self.us, self.config())
        self.feed()
        ours.wait_established('p1', 'p2')
        self.everything()
        self.first.write(self.first_config('route 192.168.4.0/24 blackhole; route 192.168.4.0/25 blackhole;').replace('route 192.168.3.0/24 blackhole;', ''))
        self.first.ask('configure')
        self.knows(self.FOUR - {'192.168.3.0/24'} | {'192.168.4.0/24', '192.168.4.0/25'} | self.SIX, False, what='the peer says something else')
        self.knows({'192.168.1.0/24', '192.168.4.0/24', '::/0'}, True)
        # A changed filter: what was received stays, what is made of it changes.
        ours.write(self.config(filter='where net.len > 24'))
        ours.ask('configure')
        self.knows({'192.168.2.0/25', '192.168.4.0/25', 'fd00:1::/32'}, True, what='another filter')
        self.assertEqual(len(self.station.table(False, '10.0.0.2')), 6)
        self.assertEqual(self.station.connections, 1)
        # Sessions come and go: the neighbour's word, or ours.
        self.first.ask('disable r')
        self.eventually(lambda: ('down', '10.0.0.2', 3, (6, 2)) in self.station.log, lambda: 'Peer Down: %s' % self.station.log)
        self.assertEqual(self.station.table(False, '10.0.0.2'), {})
        self.first.ask('enable r')
        self.knows({'192.168.2.0/25', '192.168.4.0/25', 'fd00:1::/32'}, True, what='back again')
        ours.ask('disable p2')
        self.eventually(lambda: ('down', '10.0.0.3', 1, (6, 2)) in self.station.log, lambda: 'Peer Down: %s' % self.station.log)
        self.first.process.kill()
        ours.ask('disable p1')
        self.eventually(lambda: not self.station.peers, 'no peer is left')
        ours.ask('disable station')
        self.eventually(lambda: self.station.terminated == (1, 2, 0), 'Termination')
        self.assertIsNone(self.station.problem)

    def test_a_station_that_comes_back_is_told_everything_again(self):
        ours = self.bgpd(self.us, self.config())
        self.feed()
        ours.wait_established('p1', 'p2')
        self.everything()
        since = session_since(self.first, 'r')
        self.station.connection.shutdown(socket.SHUT_RDWR)
        self.eventually(lambda: self.station.connections == 2, 'it connects again')
        self.everything()
        self.station.close()
        self.station.connection.shutdown(socket.SHUT_RDWR)
        self.eventually(lambda: 'Error:' in ours.text('show protocols station'), 'nobody listens')
        self.station = self.listen()
        self.station.with_ids = ('10.0.0.3',)
        self.everything()
        self.assertEqual(session_since(self.first, 'r'), since)

    def test_a_station_that_does_not_read_holds_nobody_up_and_hears_the_last_word(self):
        ours = self.bgpd(self.us, self.config(filter='all').replace('import filter all', 'import all'))
        self.feed()
        ours.wait_established('p1', 'p2')
        self.knows(self.FOUR | self.SIX, False)
        self.station.reading.clear()
        for round in range(6):
            self.first.write(self.first_config('' if round % 2 else 'route 192.168.9.0/24 blackhole;', 4000 if round % 2 == 0 else 0))
            self.first.ask('configure')
            wanted = '4006' if round % 2 == 0 else '5'
            self.eventually(lambda: ours.text('show route protocol p1 count').split('Total: ')[-1].split()[0] == wanted,
                            lambda: 'round %d: %s' % (round, ours.text('show route protocol p1 count')))
        self.station.reading.set()
        self.knows(self.FOUR | self.SIX, False, what='the last word')
        self.knows(self.FOUR | self.SIX, True, what='the last word')
        self.assertEqual(self.station.connections, 1)

    def test_another_station_or_policy_is_another_connection_and_no_other_session(self):
        ours = self.bgpd(self.us, self.config())
        self.feed()
        ours.wait_established('p1', 'p2')
        self.everything()
        since = session_since(self.first, 'r')
        ours.write(self.config(bmp=BMP.replace('monitoring rib in pre_policy;', '')))
        answer = ours.ask('configure')
        self.assertTrue(any('station: monitoring rib in pre_policy on -> off; restart' in line for _, line in answer), answer)
        self.eventually(lambda: self.station.connections == 2, 'a new connection')
        self.knows({'192.168.1.0/24', '192.168.3.0/24', '::/0'}, True)
        self.assertEqual(self.station.table(False), {})
        self.assertEqual(session_since(self.first, 'r'), since)


if __name__ == '__main__':
    main()
