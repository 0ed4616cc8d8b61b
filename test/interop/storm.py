#!/usr/bin/env python3
"""A storm of changes in the datastore: nothing is lost, the session does not notice, the log stays short, and it all comes out right.

AVOCET_STORM_CHANGES and AVOCET_STORM_SECONDS say how many changes come in how many seconds: 10000 and 10 are full size."""
import http.client
import json
import os
import re
import threading
import time
import unittest

from etcd import ETCD, RESOURCES, Etcd, b64
from servers import Server
from support import CONFGEN, main, run
from datastore import CLUSTER, FedNode, block

CHANGES, SECONDS = int(os.environ.get('AVOCET_STORM_CHANGES', '1500')), float(os.environ.get('AVOCET_STORM_SECONDS', '5'))
MOST_LINES = 60  # of confgen's log for a whole storm; one for each change would be thousands


class Storm(FedNode):
    def setUp(self):
        super().setUp()
        self.start()

    def storm(self):
        """Changes spread over SECONDS: block i holds one of two prefixes, and some are taken away. The blocks at the end."""
        names = ['10.65.%d.%d/26' % (i // 4, i % 4 * 64) for i in range(64)]
        present = {}
        start = time.monotonic()
        for n in range(CHANGES):
            name = names[n % len(names)]
            path = 'storm-%d.yaml' % (n % len(names))
            if n % 7 == 0 and path in present:
                self.remove(path)
                del present[path]
            else:
                self.write(path, block(name) + '# change %d\n' % n)
                present[path] = name
            pause = start + SECONDS * (n + 1) / CHANGES - time.monotonic()
            if pause > 0:
                time.sleep(pause)
        return set(present.values())

    def assert_converges_to(self, blocks, seconds=30):
        def reached():
            return {r['dst'] for r in self.b.routes() if r.get('dst', '').startswith('10.65.')}
        self.eventually(lambda: reached() == blocks, lambda: 'missing %s, left over %s; %s' % (
            blocks - reached(), reached() - blocks, self.generator.log()[-2000:]), seconds)
        self.assert_undisturbed()
        lines = self.generator.log().splitlines()
        self.assertLess(len(lines), MOST_LINES, '\n'.join(lines[-80:]))

    def test_thousands_of_changes_come_out_right(self):
        self.assert_converges_to(self.storm())

    def test_a_storm_while_the_template_is_broken(self):
        good = 'router id {{or'
        self.edit(self.template, good, 'router id {{getv "/nothing"}}{{or')
        self.complaint('bgpd.conf.template:', '/nothing')
        before = self.read(self.config)
        blocks = self.storm()
        self.assertEqual(self.read(self.config), before, 'the last good configuration stays')
        self.assert_undisturbed()
        self.edit(self.template, 'router id {{getv "/nothing"}}{{or', good)
        self.assert_converges_to(blocks)

    def test_a_storm_while_the_configuration_is_refused(self):
        self.edit(self.template, 'protocol device {', 'protocol device { nonsense 1;')
        self.complaint(self.config, 'nonsense')
        before = self.read(self.config)
        blocks = self.storm()
        self.assertEqual(self.read(self.config), before, 'the last good configuration stays')
        self.assert_undisturbed()
        self.edit(self.template, 'protocol device { nonsense 1;', 'protocol device {')
        self.assert_converges_to(blocks)

    def test_a_storm_while_bgpd_is_down(self):
        self.ours.stop()
        blocks = []
        thread = threading.Thread(target=lambda: blocks.extend(self.storm()))
        thread.start()
        time.sleep(SECONDS / 2)
        self.ours.start()
        thread.join()
        self.eventually(lambda: self.ours.answers() and self.theirs.established('a'), 'the session is back', 40)
        self.since = self.session_start()
        self.assert_converges_to(set(blocks))


def etcd_object(kind, name, spec):
    return RESOURCES + kind.lower() + 's/' + name, json.dumps({'kind': kind, 'apiVersion': 'projectcalico.org/v3',
                                                               'metadata': {'name': name}, 'spec': spec})


class Writer(threading.Thread):
    """Writes and deletes keys of its own in etcd, each change at its time, and insists until etcd has taken it."""

    def __init__(self, storm, share):
        super().__init__(daemon=True)
        self.storm, self.share, self.connection = storm, share, None
        self.present = {}  # what the keys are in the end

    def run(self):
        n = self.share
        while not self.storm.over(n):
            pause = self.storm.begin + self.storm.pace * n - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            key, value = self.storm.change(n)
            if value is None:
                self.ask('deleterange', key=b64(key))
                self.present.pop(key, None)
            else:
                self.ask('put', key=b64(key), value=b64(value))
                self.present[key] = value
            n += WRITERS
        self.storm.written += n // WRITERS

    def ask(self, verb, **body):
        end = time.monotonic() + 120
        while True:
            try:
                self.connection = self.connection or http.client.HTTPConnection('127.0.0.1', self.storm.port, timeout=10)
                self.connection.request('POST', '/v3/kv/' + verb, json.dumps(body))
                answer = self.connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            self.connection.close()
            self.connection = None
            if time.monotonic() > end:
                raise OSError('etcd does not come back')
            time.sleep(0.05)


WRITERS = 8


class Changes:
    """CHANGES changes in SECONDS seconds, and more of them until `last` is set: blocks of node a, and 32 other nodes of
    the mesh, change and come and go."""

    def __init__(self, port):
        self.port, self.pace, self.begin, self.written = port, SECONDS / CHANGES, time.monotonic(), 0
        self.last = threading.Event()
        self.writers = [Writer(self, share) for share in range(WRITERS)]
        for writer in self.writers:
            writer.start()

    def over(self, n):
        return n >= CHANGES and self.last.is_set()

    @staticmethod
    def change(n):
        turn, which = divmod(n, 96)
        gone = (turn + which) % 5 == 0
        if which < 64:
            key = '/calico/ipam/v2/host/a/ipv4/block/10.65.%d.%d-26' % (which // 4, which % 4 * 64)
            return key, None if gone else '{"state":"%s","deleted":false}' % ('confirmed' if turn % 2 else '')
        key, value = etcd_object('Node', 'n%d' % which, {'bgp': {'ipv4Address': '10.9.0.%d/32' % which, 'asNumber': 65100 + turn % 3}})
        return key, None if gone else value

    def end(self):
        """All keys that are there now."""
        self.last.set()
        present = {}
        for writer in self.writers:
            writer.join(180)
            present.update(writer.present)
        return present


@unittest.skipUnless(ETCD, 'no etcd on this machine (Debian: etcd-server)')
class EtcdStorm(FedNode):
    def setUp(self):
        super().setUp()
        self.dir = self.net.dir
        run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'none', self.installed])  # a disk that can be full
        self.addCleanup(run, ['umount', '-l', self.installed], check=False)
        self.etcd = Etcd(self)
        self.etcd.put(*etcd_object('Node', 'a', {'bgp': {'ipv4Address': '10.0.0.1/24'}}))
        for part in CLUSTER.split('---'):
            kind, name = (re.search(word + r': *(\S+)', part)[1] for word in ('kind', 'name'))
            spec = dict(line.split(': ') for line in part[part.index('spec:'):].splitlines()[1:])
            self.etcd.put(*etcd_object(kind, name, {k.strip(): int(v) if v.isdigit() else v for k, v in spec.items()}))
        self.start()

    def start_confgen(self, wrapper=()):
        # Beside etcd; bgpd's control socket is reached from everywhere.
        self.generator = Server(self, 'confgen', [CONFGEN, '--confdir', self.confdir, '--store', 'etcd:' + self.etcd.url(), '--node', 'a'])

    def assert_converges(self, present, seconds=60):
        blocks = {k.rsplit('/', 1)[1].replace('-', '/') for k in present if '/block/' in k}
        mesh = {'Mesh_' + re.search(r'"ipv4Address": "([^/]*)', v)[1].replace('.', '_') for k, v in present.items() if '/nodes/' in k}

        def reached():
            return {r['dst'] for r in self.b.routes() if r.get('dst', '').startswith('10.65.')}

        def peers():
            return set(re.findall(r'^Mesh_\S+', self.ours.text('show protocols'), re.M))
        self.eventually(lambda: reached() == blocks and peers() == mesh, lambda: 'blocks missing %s, left over %s; mesh %s; %s' % (
            blocks - reached(), reached() - blocks, mesh ^ peers(), self.generator.log()[-3000:]), seconds)
        self.assert_undisturbed()
        lines = self.generator.log().splitlines()
        self.assertLess(len(lines), max(MOST_LINES, CHANGES // 20), '\n'.join(lines))
        fresh = os.path.join(self.dir, 'fresh')
        os.makedirs(fresh)
        run([CONFGEN, 'render', '--confdir', self.confdir, '--store', 'etcd:' + self.etcd.url(), '--node', 'a', '--out', fresh])
        self.assertEqual(self.read(self.config), self.read(os.path.join(fresh, 'bgpd.conf')), 'what a fresh look at the datastore gives')
        self.assertEqual([name for name in os.listdir(self.installed) if 'confgen' in name], [], 'nothing is left lying about')
        if os.environ.get('AVOCET_STORM_LOG'):
            print('\n'.join(lines))

    def test_etcd_is_killed_and_comes_back_in_the_middle(self):
        changes = Changes(self.etcd.ports[0])
        time.sleep(SECONDS * 0.3)
        self.etcd.stop()
        self.eventually(lambda: self.lines('etcd:', 'stays in force'), lambda: 'the outage is told: ' + self.generator.log()[-2000:])
        time.sleep(SECONDS * 0.2)
        self.etcd.start()
        self.etcd.wait_ready()
        self.assert_converges(changes.end())
        self.assertGreaterEqual(changes.written, CHANGES)
        self.assertEqual(len(self.lines('etcd:', 'stays in force')), 1)

    def test_everything_goes_wrong_while_it_lasts(self):
        changes = Changes(self.etcd.ports[0])

        def stays(what, *words):
            """From the complaint on the installed configuration is the last good one."""
            self.eventually(lambda: self.lines(*words), lambda: '%s is told: %s' % (what, self.generator.log()[-2000:]))
            before = self.read(self.config)
            time.sleep(SECONDS * 0.1)
            self.assertEqual(self.read(self.config), before, what)
            self.assert_undisturbed()

        good = 'router id {{or'
        self.edit(self.template, good, 'router id {{getv "/nothing"}}{{or')
        stays('a broken template', 'bgpd.conf.template:', '/nothing')
        self.edit(self.template, 'router id {{getv "/nothing"}}{{or', 'nonsense 1;\n' + good)
        stays('a bgpd that refuses', self.config, 'nonsense')
        self.edit(self.template, 'nonsense 1;\n' + good, good)

        filler = os.path.join(self.installed, 'filler')
        with self.assertRaises(OSError), open(filler, 'wb', buffering=0) as f:
            while True:
                f.write(b'x' * 512)
        stays('a full disk', self.config + ': error:', 'No space left')
        os.unlink(filler)

        self.ours.stop()
        self.eventually(lambda: len(self.lines('no daemon listens')) == 2, lambda: 'its end is told: ' + self.generator.log()[-2000:])
        time.sleep(SECONDS * 0.1)
        self.ours.start()
        self.eventually(lambda: self.ours.answers() and self.theirs.established('a'), 'the session is back', 40)
        self.since = self.session_start()
        self.assert_converges(changes.end())


if __name__ == '__main__':
    main()
