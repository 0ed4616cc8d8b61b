#!/usr/bin/env python3
"""A recorded Internet table (577,710 prefixes) through a real BIRD into bgpd and out to another BIRD: both BIRDs must hold the
same table, to the last attribute. The recording is in AVOCET_SHARED/data/mrt; skipped by name without it."""
import gzip
import os
import re
import socket
import struct
import threading
import time
import unittest

from support import BIRD, ControlSocket, NetworkTest, main, needs_bird

SHARED = os.environ.get('AVOCET_SHARED', '')
RECORDING = os.path.join(SHARED, 'data/mrt/pch-20151023.fullfeed.1peer.updates.mrt.gz')
ASN = 3856
MARKER = b'\xff' * 16


def messages():
    """BGP UPDATEs of the recording (RFC 6396 BGP4MP_ET, subtype MESSAGE_AS4)."""
    with gzip.open(RECORDING) as f:
        data = f.read()
    at = 0
    while at + 12 <= len(data):
        _, kind, subtype, length = struct.unpack_from('>IHHI', data, at)
        body = data[at + 12:at + 12 + length]
        at += 12 + length
        if kind == 17 and subtype == 4:
            body = body[4:]                        # microseconds
            family = struct.unpack_from('>H', body, 10)[0]
            bgp = body[12 + 2 * (4 if family == 1 else 16):]
            if len(bgp) >= 19 and bgp[18] == 2:
                yield bgp


class Feeder:
    """One iBGP session that sends the recording."""

    def __init__(self, node, local, remote):
        self.error = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(node, local, remote), daemon=True)
        self.thread.start()

    def run(self, node, local, remote):
        try:
            here = os.open('/proc/self/ns/net', os.O_RDONLY)
            there = os.open('/run/netns/' + node.ns, os.O_RDONLY)
            libc_setns(there)
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            libc_setns(here)
            s.bind((local, 0))
            for _ in range(100):
                try:
                    s.connect((remote, 179))
                    break
                except OSError:
                    time.sleep(0.1)
            capabilities = bytes([1, 4, 0, 1, 0, 1, 65, 4]) + struct.pack('>I', ASN)
            body = struct.pack('>BHHIB', 4, ASN, 600, struct.unpack('>I', socket.inet_aton(local))[0],
                               len(capabilities) + 2) + bytes([2, len(capabilities)]) + capabilities
            s.sendall(MARKER + struct.pack('>HB', 19 + len(body), 1) + body)
            s.sendall(MARKER + struct.pack('>HB', 19, 4))
            threading.Thread(target=self.drain, args=(s,), daemon=True).start()
            time.sleep(1)
            batch = []
            for message in messages():
                batch.append(message)
                if len(batch) == 200:
                    s.sendall(b''.join(batch))
                    batch.clear()
            s.sendall(b''.join(batch))
            self.done.set()
            while True:                            # the session must outlive the comparison
                time.sleep(20)
                s.sendall(MARKER + struct.pack('>HB', 19, 4))
        except OSError as problem:
            self.error = problem

    @staticmethod
    def drain(s):
        try:
            while s.recv(65536):
                pass
        except OSError:
            pass


def libc_setns(fd):
    import ctypes
    if ctypes.CDLL(None, use_errno=True).setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), 'setns')


def config(address, *sessions):
    # Next hops are looked up in a table of their own: in the Internet table itself every covering route that arrives would
    # make BIRD look at all routes again.
    return '''router id %s;
protocol device { scan time 60; }
ipv4 table igp4;
protocol static { ipv4 { table igp4; }; route 0.0.0.0/0 via 10.0.0.1; }
%s''' % (address, '\n'.join(
        'protocol bgp p%d { local %s as %d; neighbor %s as %d; rr client; rr cluster id %s; multihop; hold time 600;'
        ' connect delay time 1; connect retry time 1; ipv4 { import all; export all; igp table igp4; }; }'
        % (i, address, ASN, neighbor, ASN, address) for i, neighbor in enumerate(sessions)))


def table(daemon):
    """{prefix: attributes}, without what names the way the route came."""
    connection = ControlSocket(daemon.socket, 600)
    connection.socket.sendall(b'show route all table master4\n')
    out, prefix, pending = {}, None, b''
    private = ('BGP.originator_id', 'BGP.cluster_list', 'Type')
    while True:
        data = connection.socket.recv(1 << 20)
        if not data:
            raise ConnectionError('control socket closed')
        lines = (pending + data).split(b'\n')
        pending = lines.pop()
        for raw in lines:
            line = raw.decode()
            if re.match(r'\d{4}-', line):
                code, line = line[:4], line[5:]
            elif re.match(r'0000 ', line):
                return out
            else:
                line = line[1:]
            if re.match(r'[0-9]', line) and '/' in line[:20]:
                prefix = line.split()[0]
                out[prefix] = 0
            elif line.startswith('\t') and prefix and not line.strip().startswith(private):
                out[prefix] = hash((out[prefix], line.strip()))


class FullTable(NetworkTest):
    @needs_bird
    @unittest.skipUnless(os.path.exists(RECORDING), 'AVOCET_SHARED/data/mrt is not there')
    def test_both_ends_hold_the_same_table(self):
        os.environ['PYTHONHASHSEED'] = '0'
        nodes = [self.net.node(name) for name in ('feed', 'a', 'dut', 'b')]
        self.net.lan(*[(node, 'eth0', '10.0.0.%d/24' % i) for i, node in enumerate(nodes, 1)])
        feed, a, dut, b = nodes
        first = self.bird(a, config('10.0.0.2', '10.0.0.1', '10.0.0.3'), name='first')
        last = self.bird(b, config('10.0.0.4', '10.0.0.3'), name='last')
        ours = self.bgpd(dut, config('10.0.0.3', '10.0.0.2', '10.0.0.4'))
        ours.wait_established('p0', 'p1')
        start = time.monotonic()
        feeder = Feeder(feed, '10.0.0.1', '10.0.0.2')

        def count(daemon):
            found = re.search(r'(\d+) of \d+ routes for \d+ networks', daemon.text('show route count table master4'))
            return int(found.group(1)) if found else 0

        self.eventually(lambda: feeder.done.is_set() or feeder.error, 'the recording is sent', 120)
        self.assertIsNone(feeder.error)
        self.eventually(lambda: count(first) == 577703, lambda: 'BIRD holds the table: %d' % count(first), 120)
        self.eventually(lambda: count(last) == count(first), lambda: 'the table arrives: %d of %d; ours %d; %s' % (
            count(last), count(first), count(ours), ours.log()[-2000:]), 60)
        print('table through bgpd in %.1f s' % (time.monotonic() - start))
        time.sleep(1)
        sent, heard = table(first), table(last)
        self.assertEqual(len(sent), 577703)
        different = [p for p in sent if heard.get(p) != sent[p]] + [p for p in heard if p not in sent]
        for prefix in different[:3]:
            print(first.text('show route %s all' % prefix), last.text('show route %s all' % prefix), sep='\n')
        self.assertEqual(len(different), 0)


if __name__ == '__main__':
    main()
