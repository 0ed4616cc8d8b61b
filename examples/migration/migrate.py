#!/usr/bin/env python3
"""From one pod CIDR to another without an outage: a second pool is added, the first disabled, both stay reachable, the old one drains.

Two nodes and a top-of-rack router in network namespaces, as in ../cluster; what changes is objects in the datastore. A stream of
pings runs all the time, and not one may be lost.
"""
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'cluster'))
sys.dont_write_bytecode = True
from demo import BLOCKS, LAN, NODES, PODS, RACK_HOST, Demo, main  # noqa: E402

NEW_POOL = '''apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: pods-new
spec:
  cidr: 10.250.0.0/16
  blockSize: 26
'''
NEW_BLOCK = '''apiVersion: projectcalico.org/v3
kind: BlockAffinity
metadata:
  name: %s-new
spec:
  cidr: %s
  node: %s
  state: confirmed
'''
NEW_BLOCKS = {'node1': '10.250.1.0/26', 'node2': '10.250.2.0/26'}
NEW_PODS = {'node1': ('pod1n', '10.250.1.2'), 'node2': ('pod2n', '10.250.2.2')}


class Stream:
    """Pings from one namespace, 20 a second, until it is stopped; then it tells how many were lost."""

    def __init__(self, source, address, bind=None):
        self.process = subprocess.Popen(source.enter(['ping', '-n', '-q', '-i', '0.05', '-W', '2', *(['-I', bind] if bind else []),
                                                      address]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        text = self.process.communicate(timeout=10)[0]
        sent, received = map(int, re.search(r'(\d+) packets transmitted, (\d+) received', text).groups())
        return sent, sent - received


class Migration(Demo):
    kept = NEW_BLOCKS

    def edit(self, file, old, new):
        self.write(file, self.edited(self.read(file), old, new))

    def established_since(self):
        return {name: sorted(line.split()[0] + ' ' + line.split()[4] for code, line in self.daemons[name].ask('show protocols')
                             if code == 1002 and 'Established' in line) for name in NODES}

    def lost_none(self, what, stream):
        sent, lost = stream.stop()
        self.ok('%s: %d pings, %d lost' % (what, sent, lost), sent > 20 and lost == 0)

    def steps(self):
        self.title('Before: pods of the old pool 10.244.0.0/16')
        for name, other in (NODES, NODES[::-1]):
            self.expect('%s reaches %s' % (name, BLOCKS[other][0]), lambda: self.nodes[name].route(BLOCKS[other][0]), 40)
            self.expect('the ToR reaches %s' % BLOCKS[name][0], lambda: self.tor.route(BLOCKS[name][0]), 40)
        self.expect('pod1a pings pod2a', lambda: self.pods['pod1a'].ping('10.244.2.2'), 10)
        self.expect('the rack pings pod2b', lambda: self.tor.ping('10.244.2.3', source=RACK_HOST), 10)
        for name in NODES:
            self.expect('%s: all 4 sessions are Established' % name, lambda: len(self.established_since()[name]) == 4, 40)
        since = self.established_since()
        old = Stream(self.pods['pod1a'], '10.244.2.2')
        rack = Stream(self.tor, '10.244.2.3', RACK_HOST)

        self.second_pool()
        new = Stream(self.pods['pod1n'], NEW_PODS['node2'][1])
        self.old_pool_disabled()
        self.lost_none('old pods among themselves, meanwhile', old)
        self.lost_none('rack to an old pod, meanwhile', rack)
        self.drain()
        self.old_pool_goes()
        self.lost_none('new pods among themselves, all the time', new)
        self.ok('no session was restarted', self.established_since() == since)

    def second_pool(self):
        self.title('1. A second pool 10.250.0.0/16, and pods in it')
        self.write('pods-new.yaml', NEW_POOL)
        for name in NODES:
            start = self.write('block-%s-new.yaml' % name, NEW_BLOCK % (name, NEW_BLOCKS[name], name))
            other = NODES[1 - NODES.index(name)]
            self.measure('file change to the route in %s' % other, start, self.nodes[other], NEW_BLOCKS[name])
            pod, address = NEW_PODS[name]
            self.pods[pod] = self.net.pod(self.nodes[name], pod, address)
        self.expect('new pod pings new pod', lambda: self.pods['pod1n'].ping(NEW_PODS['node2'][1]), 10)
        self.expect('old pod pings new pod', lambda: self.pods['pod1a'].ping(NEW_PODS['node2'][1]), 10)
        self.expect('new pod pings old pod', lambda: self.pods['pod1n'].ping('10.244.2.2'), 10)
        self.expect('the rack pings a new pod', lambda: self.tor.ping(NEW_PODS['node1'][1], source=RACK_HOST), 10)

    def old_pool_disabled(self):
        self.title('2. The old pool is disabled: no new addresses from it, and those in use stay reachable')
        # With disabled, Calico's IPAM gives out no more addresses of the pool; it is announced as before.
        self.edit('cluster.yaml', 'cidr: 10.244.0.0/16\n', 'cidr: 10.244.0.0/16\n  disabled: true\n')
        # A new block shows that the change has been carried out: it comes after it.
        start = self.write('block-marker.yaml', NEW_BLOCK % ('marker', '10.250.9.0/26', 'node1'))
        self.measure('the datastore\'s next change arrives', start, self.nodes['node2'], '10.250.9.0/26')
        for name in NODES:
            other = NODES[1 - NODES.index(name)]
            self.ok("%s's kernel still reaches %s" % (name, BLOCKS[other][0]), self.nodes[name].route(BLOCKS[other][0]) is not None)
            self.ok('and never lost it', self.watches[name].deletions(BLOCKS[other][0]) == 0)
        time.sleep(2)  # longer than anything that would take the old routes away needs
        self.expect('old pods answer the rack', lambda: self.tor.ping('10.244.2.3', source=RACK_HOST), 10)

    def drain(self):
        self.title('3. The old pool drains: pods move, their blocks are given back')
        for name in NODES:
            other = NODES[1 - NODES.index(name)]
            for pod, *_ in PODS[name]:
                self.nodes[name].ip('link', 'del', 'cali' + pod)
            block = BLOCKS[name][0]
            self.edit('%s.yaml' % name, '  cidr: %s\n  node: %s\n  state: confirmed' % (block, name),
                      '  cidr: %s\n  node: %s\n  state: pendingDeletion' % (block, name))
            self.expect('%s no longer holds %s' % (name, block), lambda: self.nodes[name].route(block) is None)
            self.expect('%s no longer reaches it' % other, lambda: self.nodes[other].route(block) is None)
            self.expect('nor does the ToR', lambda: self.tor.route(block) is None)

    def old_pool_goes(self):
        self.title('4. The old pool goes')
        self.edit('cluster.yaml', '''---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: pods
spec:
  cidr: 10.244.0.0/16
  disabled: true
  blockSize: 26
  ipipMode: Never
  vxlanMode: Never
''', '')
        for name in NODES:
            def is_gone():
                with open(self.daemons[name].config_path) as f:
                    return '10.244.' not in f.read()
            self.expect("%s's configuration no longer speaks of 10.244.0.0/16" % name, is_gone)
        for node in (self.tor, *self.nodes.values()):
            self.ok("%s's kernel has no route of it" % node.name,
                    not [r for r in node.routes() if r.get('dst', '').startswith('10.244.')])
        self.expect('the rack pings the new pods',
                    lambda: all(self.tor.ping(address, source=RACK_HOST) for _, address in NEW_PODS.values()), 10)
        self.note('node addresses, as before: %s' % ', '.join(LAN[name][0] for name in NODES))


if __name__ == '__main__':
    sys.exit(main(Migration, __doc__.splitlines()[0]))
