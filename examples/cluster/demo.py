#!/usr/bin/env python3
"""A small cluster on one machine: datastore -> confgen -> bgpd -> BGP -> kernel, and what happens when the datastore changes.

Two nodes with two pods each and a top-of-rack router (ToR), all network namespaces. Run it with `./dev demo`.
"""
import argparse
import os
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True
from netlab import BirdLike, Frr, Network, Process, RouteWatch, Timeout, remove_run, wait  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
NODES = ('node1', 'node2')
LAN = {'tor': ('172.30.0.1/24', 'fd00:172:30::1/64'), 'node1': ('172.30.0.11/24', 'fd00:172:30::11/64'),
       'node2': ('172.30.0.12/24', 'fd00:172:30::12/64')}
TOR_SECOND = '172.30.0.2'
RACK, RACK_HOST, RACK6, RACK6_HOST = '203.0.113.0/24', '203.0.113.1', '2001:db8:113::/48', '2001:db8:113::1'
PODS = {'node1': [('pod1a', '10.244.1.2', 'fd00:10:244:1::2'), ('pod1b', '10.244.1.3', 'fd00:10:244:1::3')],
        'node2': [('pod2a', '10.244.2.2', 'fd00:10:244:2::2'), ('pod2b', '10.244.2.3', 'fd00:10:244:2::3')]}
BLOCKS = {'node1': ('10.244.1.0/26', 'fd00:10:244:1::/122'), 'node2': ('10.244.2.0/26', 'fd00:10:244:2::/122')}

FRR_TOR = '''
router bgp 65100
 bgp router-id %s
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 172.30.0.11 remote-as 64512
 neighbor 172.30.0.12 remote-as 64512
 neighbor fd00:172:30::11 remote-as 64512
 neighbor fd00:172:30::12 remote-as 64512
 neighbor 172.30.0.11 timers connect 2
 neighbor 172.30.0.12 timers connect 2
 address-family ipv4 unicast
  network 203.0.113.0/24
  no neighbor fd00:172:30::11 activate
  no neighbor fd00:172:30::12 activate
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:113::/48
  neighbor fd00:172:30::11 activate
  neighbor fd00:172:30::12 activate
 exit-address-family
'''

NEW_POOL = '''apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: more-pods
spec:
  cidr: 10.245.0.0/16
  blockSize: 26
---
apiVersion: projectcalico.org/v3
kind: BlockAffinity
metadata:
  name: node2-10-245-7-0-26
spec:
  cidr: 10.245.7.0/26
  node: node2
  state: confirmed
'''

SECOND_PEER = '''apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: tor-second
spec:
  peerIP: %s
  asNumber: 65100
''' % TOR_SECOND

REFLECTOR = '''apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: reflector
spec:
  nodeSelector: all()
  peerSelector: has(route-reflector)
'''


class Demo:
    kept = {name: BLOCKS[name][0] for name in NODES}  # blocks that are there at the end

    def __init__(self, arguments):
        self.build = os.path.abspath(arguments.build)
        self.bgpd = arguments.bgpd or os.path.join(self.build, 'bgpd', 'bgpd')
        self.confgen = os.path.join(self.build, 'confgen', 'confgen')
        self.bgpctl = os.path.join(self.build, 'bgpctl', 'bgpctl')
        self.tor_kind, self.keep = arguments.tor, arguments.keep
        self.failures = 0

    # -- what is told

    def title(self, text):
        print('\n--- %s' % text, flush=True)

    def note(self, text):
        print('    %s' % text, flush=True)

    def ok(self, text, good=True):
        print('%s %s' % ('ok  ' if good else 'FAIL', text), flush=True)
        self.failures += not good

    def show(self, text):
        for line in text.rstrip().splitlines():
            print('      ' + line, flush=True)

    # -- the network

    def make_network(self):
        self.net = net = Network('demo', keep=self.keep)
        self.tor = net.node('tor')
        self.nodes = {name: net.node(name) for name in NODES}
        # FRR knows a neighbour by its address alone: there the second session is with a second router.
        second = net.node('tor2') if self.tor_kind == 'frr' else self.tor
        self.tors = list(dict.fromkeys((self.tor, second)))
        net.lan((self.tor, 'lan0', *LAN['tor']), *[(self.nodes[name], 'eth0', *LAN[name]) for name in NODES],
                *([(second, 'lan0', TOR_SECOND + '/24')] if second is not self.tor else []))
        if second is self.tor:
            second.ip('addr', 'add', TOR_SECOND + '/24', 'dev', 'lan0')
        for tor in self.tors:
            tor.ip('addr', 'add', RACK_HOST + '/32', 'dev', 'lo')
            tor.ip('addr', 'add', RACK6_HOST + '/128', 'dev', 'lo')
        self.pods = {pod[0]: net.pod(self.nodes[name], *pod) for name in NODES for pod in PODS[name]}

    def start_tor(self):
        if self.tor_kind == 'frr':
            for tor, router_id in zip(self.tors, ('172.30.0.1', TOR_SECOND)):
                Frr(tor, FRR_TOR % router_id)
        else:
            program = self.bgpd if self.tor_kind == 'ours' else shutil.which('bird', path=os.environ['PATH'] + ':/usr/sbin')
            with open(os.path.join(HERE, 'tor.conf')) as f:
                BirdLike(self.tor, program, f.read(), name='tor')

    def start_nodes(self):
        self.datastore = os.path.join(self.net.dir, 'datastore')
        shutil.copytree(os.path.join(HERE, 'datastore'), self.datastore)
        self.daemons, self.generators = {}, {}
        for name, node in self.nodes.items():
            directory = os.path.join(self.net.dir, '%s-bgpd' % name)
            confdir = os.path.join(self.net.dir, '%s-confd' % name)
            os.makedirs(directory)
            shutil.copytree(os.path.join(ROOT, 'templates'), confdir)
            config, control = os.path.join(directory, 'bgpd.conf'), os.path.join(directory, 'bgpd.ctl')
            pid = os.path.join(directory, 'pid')
            # Template resources as shipped, for the places of this run.
            for root, _, files in os.walk(os.path.join(confdir, 'conf.d')):
                for file in files:
                    path = os.path.join(root, file)
                    text = open(path).read()
                    text = text.replace('/etc/avocet/bgpd.conf', config).replace('/run/avocet/bgpd.pid', pid)
                    text = text.replace('/run/avocet/bgpd.ctl', control).replace('bgpd -p', self.bgpd + ' -p')
                    text = text.replace('bgpctl ', self.bgpctl + ' -s ' + control + ' ')
                    open(path, 'w').write(text)
            self.generators[name] = Process(
                node, 'confgen', [self.confgen, '--confdir', confdir, '--store', 'yaml:' + self.datastore, '--node', name],
                env={'NODENAME': name})
            wait(lambda: os.path.exists(config), lambda: 'confgen renders: ' + self.generators[name].log()[-2000:], 20)
            self.daemons[name] = BirdLike(node, self.bgpd, None)

    def write(self, file, text):
        """An object appears in the datastore, whole, as an editor or a controller would write it. Returns when."""
        return self.write_all({file: text})

    def write_all(self, texts):
        """Several objects at one moment, as `calicoctl apply` sends them."""
        paths = {os.path.join(self.datastore, file): text for file, text in texts.items()}
        for path, text in paths.items():
            with open(path + '.new', 'w') as f:
                f.write(text)
        start = time.monotonic()
        for path in paths:
            os.rename(path + '.new', path)
        return start

    def read(self, file):
        with open(os.path.join(self.datastore, file)) as f:
            return f.read()

    @staticmethod
    def edited(text, old, new):
        if old not in text:
            raise RuntimeError('the datastore does not contain %r' % old)
        return text.replace(old, new)

    # -- what is judged

    def expect(self, what, condition, seconds=30):
        try:
            wait(condition, what, seconds)
            self.ok(what)
        except Timeout:
            self.ok(what + ' (waited %d s)' % seconds, False)

    def measure(self, what, start, node, prefix, seconds=20):
        watch = self.watches[node.name]
        try:
            when = wait(lambda: watch.seen(prefix, start), what, seconds, 0.002)
            self.ok('%s: %.0f ms' % (what, (when - start) * 1000))
        except Timeout:
            self.ok(what + ' (not within %d s)' % seconds, False)

    def first_sight(self):
        self.title('Sessions, kernel routes and pings')
        sessions = {'node1': ('Mesh_172_30_0_12', 'Global_172_30_0_1', 'Global_fd00_172_30__1'),
                    'node2': ('Mesh_172_30_0_11', 'Global_172_30_0_1', 'Global_fd00_172_30__1')}
        for name in NODES:
            for session in sessions[name]:
                self.expect('%s: session %s is Established' % (name, session),
                            lambda: self.daemons[name].established(session), 40)
        for name, other in (('node1', 'node2'), ('node2', 'node1')):
            for block, via in zip(BLOCKS[other], (LAN[other][0], LAN[other][1])):
                via = via.split('/')[0]
                self.expect("%s's kernel reaches block %s via %s" % (name, block, via),
                            lambda: self.nodes[name].gateways(block) == [via])
            self.expect("%s's kernel holds its own block %s as a blackhole" % (name, BLOCKS[name][0]),
                        lambda: (self.nodes[name].route(BLOCKS[name][0]) or {}).get('type') == 'blackhole')
            # Every node announces every block; paths through the others are as long, so the ToR may use them too.
            self.expect("the ToR's kernel reaches block %s via %s" % (BLOCKS[name][0], name),
                        lambda: LAN[name][0].split('/')[0] in self.tor.gateways(BLOCKS[name][0]))
            self.expect("%s's kernel reaches the rack's networks" % name,
                        lambda: self.nodes[name].route(RACK) and self.nodes[name].route(RACK6))
        self.expect('pod1a pings pod2a (IPv4)', lambda: self.pods['pod1a'].ping('10.244.2.2'), 10)
        self.expect('pod2b pings pod1b (IPv6)', lambda: self.pods['pod2b'].ping('fd00:10:244:1::3'), 10)
        self.expect('pod1b pings a host behind the ToR', lambda: self.pods['pod1b'].ping(RACK_HOST), 10)
        self.expect('the ToR pings pod2b', lambda: self.tor.ping('10.244.2.3', source=RACK_HOST), 10)
        self.note('bgpctl show protocols, on node1:')
        self.show(self.nodes['node1'].sh(self.bgpctl, '-s', self.daemons['node1'].socket, 'show', 'protocols', check=False))
        for name in NODES:
            self.note("%s's kernel, routes of bgpd:" % name)
            self.show(self.nodes[name].ip('route', 'show', 'proto', 'bird'))

    def new_pool(self):
        self.title('The datastore gets a new pool, and node2 a block of it')
        start = self.write('more-pods.yaml', NEW_POOL)
        self.measure('file change to the blackhole in node2', start, self.nodes['node2'], '10.245.7.0/26')
        self.measure('file change to the route in node1', start, self.nodes['node1'], '10.245.7.0/26')
        self.measure('file change to the route in the ToR', start, self.tor, '10.245.7.0/26')
        pod = self.net.pod(self.nodes['node2'], 'pod2c', '10.245.7.9')
        self.expect('a pod in the new block answers pod1a', lambda: self.pods['pod1a'].ping('10.245.7.9'), 10)
        self.pods['pod2c'] = pod

    def second_peer(self):
        self.title('The datastore gets a second peering with the ToR: two equal paths')
        start = self.write('tor-second.yaml', SECOND_PEER)
        name = 'Global_' + TOR_SECOND.replace('.', '_')
        for node in NODES:
            self.expect('%s: session %s is Established' % (node, name), lambda: self.daemons[node].established(name), 40)
        self.expect("node1's kernel spreads %s over both" % RACK,
                    lambda: self.nodes['node1'].gateways(RACK) == ['172.30.0.1', '172.30.0.2'])
        self.note('%.0f ms from the file to two next hops, most of it the ToR\'s connect timers'
                  % ((time.monotonic() - start) * 1000))
        self.expect('pod1a still reaches the host behind the ToR', lambda: self.pods['pod1a'].ping(RACK_HOST), 10)

    def reflector(self):
        self.title('From full mesh to a route reflector on node1')
        deletions = self.watches['node1'].deletions(BLOCKS['node2'][0])
        node1 = self.edited(self.edited(self.read('node1.yaml'), '    kubernetes.io/hostname: node1\n',
                                        '    kubernetes.io/hostname: node1\n    route-reflector: "true"\n'),
                            'spec:\n  bgp:\n', 'spec:\n  bgp:\n    routeReflectorClusterID: 224.0.0.1\n')
        cluster = self.edited(self.read('cluster.yaml'), 'nodeToNodeMeshEnabled: true', 'nodeToNodeMeshEnabled: false')
        start = self.write_all({'reflector.yaml': REFLECTOR, 'node1.yaml': node1, 'cluster.yaml': cluster})
        for node, session in (('node1', 'Node_172_30_0_12'), ('node2', 'Node_172_30_0_11')):
            self.expect('%s: session %s is Established' % (node, session), lambda: self.daemons[node].established(session), 40)
            self.expect('%s: no mesh session is left' % node,
                        lambda: 'Mesh_' not in self.daemons[node].text('show protocols'))
        self.expect('node2 is a client of node1', lambda: 'route-reflector' in
                    self.daemons['node1'].text('show protocols all Node_172_30_0_12'))
        self.note('%.0f ms from the last file to the reflected sessions' % ((time.monotonic() - start) * 1000))
        self.ok('the sessions went on under their new names: no route left the kernel meanwhile',
                self.nodes['node1'].gateways(BLOCKS['node2'][0]) == ['172.30.0.12'] and
                self.watches['node1'].deletions(BLOCKS['node2'][0]) == deletions)
        self.expect('pod1a pings pod2a', lambda: self.pods['pod1a'].ping('10.244.2.2'), 10)

    def bad_object(self):
        self.title('A wrong object: a clear message, and nothing running is lost')
        before = self.daemons['node1'].text('show status')
        self.write('wrong.yaml', 'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: wrong\n spec:\n  cidr: 10.246.0.0/33\n')
        self.expect('confgen names the file and the line', lambda: 'wrong.yaml:5' in self.generators['node1'].log(), 10)
        self.show('\n'.join(line for line in self.generators['node1'].log().splitlines() if 'wrong.yaml' in line))
        self.ok('bgpd was not reconfigured', before.split('Last reconfiguration')[1].split('\n')[0]
                == self.daemons['node1'].text('show status').split('Last reconfiguration')[1].split('\n')[0])
        os.unlink(os.path.join(self.datastore, 'wrong.yaml'))
        self.expect('pod1a pings pod2a', lambda: self.pods['pod1a'].ping('10.244.2.2'), 10)

    def stop(self):
        self.title('End')
        for name in NODES:
            self.ok('%s: bgpd ends with status 0 on SIGTERM' % name, self.daemons[name].stop() == 0)
            self.ok("%s: 'persist' keeps the kernel routes" % name, self.nodes[name].route(self.kept[name]) is not None)

    def how_to_look_around(self):
        self.title('It keeps running (--keep)')
        node1 = self.nodes['node1'].ns
        self.note('datastore        %s   (edit, add, remove files)' % self.datastore)
        self.note('sessions         nsenter --net=/run/netns/%s %s -s %s show protocols' % (node1, self.bgpctl, self.daemons['node1'].socket))
        self.note('kernel           nsenter --net=/run/netns/%s ip route show proto bird' % node1)
        self.note('configuration    %s' % self.daemons['node1'].config_path)
        self.note('logs             %s/*.log' % self.net.dir)
        self.note('take it away     %s --remove %s' % (os.path.relpath(__file__), self.net.id))

    def steps(self):
        self.first_sight()
        self.new_pool()
        self.second_peer()
        self.reflector()
        self.bad_object()

    def run(self):
        try:
            self.title('Network: 2 nodes, 4 pods, 1 ToR (%s)' % self.tor_kind)
            self.make_network()
            self.start_tor()
            self.start_nodes()
            self.watches = {n.name: RouteWatch(n) for n in (self.tor, *self.nodes.values())}
            self.steps()
            if self.keep:
                self.how_to_look_around()
            else:
                self.stop()
        except (Timeout, RuntimeError, OSError) as problem:
            self.ok(str(problem), False)
        finally:
            if self.failures and hasattr(self, 'net'):
                for file in sorted(os.listdir(self.net.dir)):
                    if file.endswith('.log'):
                        print('\n%s:' % file)
                        self.show('\n'.join(open(os.path.join(self.net.dir, file), errors='replace').read().splitlines()[-25:]))
            if hasattr(self, 'net'):
                self.net.close()
        print('\n%s' % ('DEMO OK' if not self.failures else 'DEMO FAILED: %d check(s)' % self.failures))
        return 1 if self.failures else 0


def main(demo=Demo, description=__doc__.splitlines()[0]):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--build', default='build', help='directory with the built programs')
    parser.add_argument('--bgpd', help='another daemon in place of bgpd on the nodes')
    parser.add_argument('--tor', choices=['ours', 'frr', 'bird'], default='ours', help='who plays the top-of-rack router')
    parser.add_argument('--keep', action='store_true', help='leave everything running and say how to look around')
    parser.add_argument('--remove', metavar='ID', help='take away what --keep left')
    arguments = parser.parse_args()
    if arguments.remove:
        remove_run(arguments.remove)
        return 0
    return demo(arguments).run()


if __name__ == '__main__':
    sys.exit(main())
