"""A node whose configuration comes from a datastore: confgen in front of bgpd, and a peer that notices every disturbance."""
import os
import shutil
import time

from support import BGPD, CONFGEN, ROOT, NetworkTest, Process, base, run, session_since, static4, wait

NODE = '''apiVersion: projectcalico.org/v3
kind: Node
metadata:
  name: a
spec:
  bgp:
    ipv4Address: 10.0.0.1/24
'''
CLUSTER = '''apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata:
  name: default
spec:
  asNumber: 65001
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: pods
spec:
  cidr: 10.65.0.0/16
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: tor
spec:
  peerIP: 10.0.0.2
  asNumber: 65002
'''
SESSION = 'Global_10_0_0_2'


def pool(name, cidr):
    return 'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: %s\nspec:\n  cidr: %s\n' % (name, cidr)


def block(cidr, node='a'):
    name = cidr.replace('.', '-').replace('/', '-').replace(':', '-')
    return ('apiVersion: projectcalico.org/v3\nkind: BlockAffinity\nmetadata:\n  name: b-%s\nspec:\n  cidr: %s\n  node: %s\n'
            '  state: confirmed\n' % (name, cidr, node))


class FedNode(NetworkTest):
    """Node a: datastore, confgen, bgpd 10.0.0.1. Node b: a bgpd 10.0.0.2 that plays the router above it."""

    dest = None  # where the configuration is installed; below the run's directory

    def setUp(self):
        super().setUp()
        self.a, self.b = self.pair()
        self.datastore = os.path.join(self.net.dir, 'datastore')
        self.confdir = os.path.join(self.net.dir, 'confdir')
        self.installed = os.path.join(self.net.dir, 'a-bgpd')
        self.secrets = os.path.join(self.net.dir, 'secrets')
        os.makedirs(self.datastore)
        os.makedirs(self.secrets)
        os.makedirs(self.installed, exist_ok=True)
        self.config = os.path.join(self.installed, 'bgpd.conf')
        self.control = os.path.join(self.installed, 'bgpd.ctl')
        shutil.copytree(os.path.join(ROOT, 'templates'), self.confdir)
        self.resource = os.path.join(self.confdir, 'conf.d', 'bgpd.toml')
        self.template = os.path.join(self.confdir, 'templates', 'bgpd.conf.template')
        self.edit(self.resource, '/etc/avocet/bgpd.conf', self.config)
        self.edit(self.resource, '/run/avocet/bgpd.ctl', self.control)
        self.edit(self.resource, '"bgpd -p', '"%s -p' % BGPD)
        self.write('node.yaml', NODE)
        self.write('cluster.yaml', CLUSTER)

    def start(self, wrapper=()):
        self.start_confgen(wrapper)
        wait(lambda: os.path.exists(self.config), lambda: 'confgen installs: ' + self.generator.log()[-2000:], 20)
        self.ours = self.bgpd(self.a, None)
        self.theirs = self.bgpd(self.b, base('10.0.0.2') + static4('172.16.1.0/24 blackhole') + '''
protocol bgp a { local 10.0.0.2 as 65002; neighbor 10.0.0.1 as 65001; passive on; multihop;
  ipv4 { import all; export where source = RTS_STATIC; }; }''', name='tor')
        self.eventually(lambda: self.ours.established(SESSION) and self.a.route('172.16.1.0/24'),
                        lambda: 'a session and a route: ' + self.ours.text('show protocols all'), 40)
        self.since = self.session_start()

    def start_confgen(self, wrapper=()):
        self.generator = Process(self.a, 'confgen', list(wrapper) + [
            CONFGEN, '--confdir', self.confdir, '--store', 'yaml:' + self.datastore, '--secrets', self.secrets,
            '--node', 'a'])

    # -- what changes

    def write(self, file, text):
        path = os.path.join(self.datastore, file)
        with open(path + '.new', 'w') as f:
            f.write(text)
        os.rename(path + '.new', path)

    def remove(self, file):
        os.unlink(os.path.join(self.datastore, file))

    @staticmethod
    def read(path):
        with open(path) as f:
            return f.read()

    @staticmethod
    def edit(path, old, new):
        with open(path) as f:
            text = f.read()
        assert old in text, (path, old)
        with open(path, 'w') as f:
            f.write(text.replace(old, new))

    def add_block(self, cidr):
        self.write('block-%s.yaml' % cidr.replace('/', '-'), block(cidr))

    # -- what is judged

    def session_start(self):
        return session_since(self.theirs, 'a')

    def lines(self, *words):
        """Lines of confgen's log that hold all these words."""
        return [line for line in self.generator.log().splitlines() if all(word in line for word in words)]

    def complaint(self, *words, seconds=20):
        """The one line that holds these words; waits for it."""
        self.eventually(lambda: self.lines(*words), lambda: '%s in: %s' % (words, self.generator.log()[-3000:]), seconds)
        time.sleep(0.7)  # had it been told again and again, there would be more by now
        found = self.lines(*words)
        self.assertEqual(len(found), 1, '\n'.join(found))
        return found[0]

    def assert_undisturbed(self):
        self.assertTrue(self.generator.alive(), self.generator.log()[-2000:])
        self.assertTrue(self.ours.established(SESSION))
        self.assertEqual(self.session_start(), self.since, 'the session is the one from the beginning: ' + self.ours.log()[-3000:])
        self.assertIsNotNone(self.a.route('172.16.1.0/24'))

    def assert_reaches(self, cidr, seconds=20):
        """A block of ours arrives at the other side, over the same session."""
        self.eventually(lambda: self.b.route(cidr), lambda: '%s reaches b: %s' % (cidr, self.generator.log()[-3000:]), seconds)
        self.assert_undisturbed()


__all__ = ['FedNode', 'CONFGEN', 'CLUSTER', 'NODE', 'SESSION', 'block', 'pool', 'run']
