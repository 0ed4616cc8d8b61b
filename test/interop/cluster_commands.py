#!/usr/bin/env python3
"""confgen check and confgen diff: what is wrong with a whole datastore, and what a change would do to each node."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from support import BGPD, CONFGEN, ROOT, main


class Commands(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='avocet-commands-')
        self.addCleanup(shutil.rmtree, self.dir)
        self.store = os.path.join(self.dir, 'datastore')
        self.confdir = os.path.join(self.dir, 'confdir')
        shutil.copytree(os.path.join(ROOT, 'examples', 'cluster', 'datastore'), self.store)
        shutil.copytree(os.path.join(ROOT, 'templates'), self.confdir)
        self.edit(os.path.join(self.confdir, 'conf.d', 'bgpd.toml'), '"bgpd -p', '"%s -p' % BGPD)
        self.edit(os.path.join(self.confdir, 'conf.d', 'bgpd.toml'), '/etc/avocet/bgpd.conf', self.dir + '/installed/bgpd.conf')

    def edit(self, path, old, new):
        with open(path) as f:
            text = f.read()
        self.assertIn(old, text)
        with open(path, 'w') as f:
            f.write(text.replace(old, new))

    def add(self, file, text):
        with open(os.path.join(self.store, file), 'w') as f:
            f.write(text)

    def confgen(self, *arguments, status=0):
        done = subprocess.run([CONFGEN, arguments[0], '--store', 'yaml:' + self.store, '--confdir', self.confdir, *arguments[1:]],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def test_a_good_datastore_is_told_so(self):
        self.assertEqual(self.confgen('check'), '2 nodes, 11 objects: all well\n')

    def test_check_finds_wrong_objects_wrong_relations_and_refused_configurations_in_one_run(self):
        self.add('pool.yaml', 'kind: IPPool\nmetadata: {name: half}\nspec: {cidr: 10.244.128.0/17}\n')
        self.add('peer.yaml', 'kind: BGPPeer\nmetadata: {name: wrong}\nspec: {peerIP: 10.0.0.300, asNumber: 1}\n')
        self.add('note.yaml', 'kind: BGPPeer\nmetadata:\n  name: noted\n  annotations: {avocet/statements: bfd maybe;}\n'
                 'spec: {node: node2, peerIP: 10.0.0.30, asNumber: 1}\n')
        out = self.confgen('check', status=1)
        self.assertRegex(out, r"peer\.yaml:3:16: error: BGPPeer 'wrong': spec\.peerIP")
        self.assertRegex(out, r"warning: IPPool 'pods': spec\.cidr 10\.244\.0\.0/16 overlaps 10\.244\.128\.0/17 of IPPool 'half'")
        self.assertRegex(out, r"note\.yaml:4:\d+: error: BGPPeer 'noted': metadata\.annotations\.avocet/statements .*"
                              r"/installed/bgpd\.conf:\d+:\d+: .*\(Node 'node2'\)")
        self.assertTrue(out.endswith('2 nodes, 14 objects: errors\n'), out)

    def test_check_of_one_node_leaves_the_others_alone(self):
        self.add('note.yaml', 'kind: BGPPeer\nmetadata:\n  name: noted\n  annotations: {avocet/statements: bfd maybe;}\n'
                 'spec: {node: node2, peerIP: 10.0.0.30, asNumber: 1}\n')
        self.assertIn('1 node, 12 objects: all well', self.confgen('check', '--node', 'node1'))
        self.confgen('check', '--node', 'node2', status=1)

    def test_what_is_not_there_is_told_by_its_name(self):
        self.assertIn("error: there is no Node 'node3' in the datastore\n", self.confgen('check', '--node', 'node3', status=1))
        self.assertIn('/nowhere/conf.d: error: cannot read the template resources: No such file or directory; --confdir says',
                      self.confgen('check', '--confdir', '/nowhere', status=1))
        self.assertIn("unknown command 'chekc'; there are watch, render, keys, check and diff", self.confgen('chekc', status=1))
        for name in os.listdir(self.store):
            os.unlink(os.path.join(self.store, name))
        self.assertIn('warning: there is no Node in the datastore', self.confgen('check'))

    def test_nodes_that_are_looked_at_one_after_the_other_see_what_each_sees_alone(self):
        nodes = ['node1', 'node10', 'node11', 'node2']  # one's name begins another's
        self.add('more.yaml', ''.join('kind: Node\nmetadata: {name: %s}\nspec: {bgp: {ipv4Address: 10.9.9.%d/24}}\n---\n' % (node, i)
                                      for i, node in enumerate(nodes) if len(node) > 5) + ''.join(
            'kind: BlockAffinity\nmetadata: {name: b%d}\nspec: {cidr: 10.244.9.%d/30, node: %s, state: confirmed}\n---\n'
            'kind: BGPPeer\nmetadata: {name: p%d}\nspec: {node: %s, peerIP: 192.0.2.%d, asNumber: 65009}\n---\n' %
            (i, 4 * i, nodes[i % 4], i, nodes[i % 4], i) for i in range(8)))
        empty = self.dir + '/empty'
        os.mkdir(empty)
        both = self.confgen('diff', '--from', 'yaml:' + empty, status=1)
        alone = [self.confgen('diff', '--from', 'yaml:' + empty, '--node', node, status=1) for node in nodes]
        ending = re.compile(r'\d of \d nodes change\n$')
        self.assertEqual(ending.sub('', both), ''.join(ending.sub('', one) for one in alone))

    def test_diff_between_two_datastores_names_each_node_that_changes_and_its_lines(self):
        old = self.store + '.old'
        shutil.copytree(self.store, old)
        self.assertEqual(self.confgen('diff', '--from', 'yaml:' + old), '0 of 2 nodes change\n')
        self.add('block.yaml', 'kind: BlockAffinity\nmetadata: {name: b}\nspec: {cidr: 10.244.9.0/26, node: node2, state: confirmed}\n')
        out = self.confgen('diff', '--from', 'yaml:' + old, status=1)
        self.assertNotIn('node1:', out)
        self.assertRegex(out, r"node2: .*/installed/bgpd\.conf: \+\d+ -0 lines\n  \+ +\d+   route 10\.244\.9\.0/26 blackhole;")
        self.assertTrue(out.endswith('1 of 2 nodes change\n'), out)

    def test_diff_with_the_installed_files_shows_what_the_next_rendering_would_change(self):
        os.mkdir(self.dir + '/installed')
        self.confgen('watch', '--onetime', '--sync-only', '--node', 'node1')
        self.assertEqual(self.confgen('diff', '--node', 'node1'), '')
        os.unlink(os.path.join(self.store, 'node2.yaml'))
        out = self.confgen('diff', '--node', 'node1', status=1)
        self.assertRegex(out, r'  - +\d+ # Node node2\n')
        self.assertIn('protocol bgp Mesh_172_30_0_12', self.read(self.dir + '/installed/bgpd.conf'))

    def test_render_writes_one_nodes_files_and_runs_nothing(self):
        out = os.path.join(self.dir, 'out')
        os.mkdir(out)
        self.confgen('render', '--node', 'node1', '--out', out)
        self.assertEqual(os.listdir(out), ['bgpd.conf'])
        self.assertIn('# Made by confgen for node node1', self.read(out + '/bgpd.conf'))

    def test_noop_says_what_would_change_and_changes_nothing(self):
        os.mkdir(self.dir + '/installed')
        out = self.confgen('watch', '--onetime', '--noop', '--node', 'node1')
        self.assertIn('would change %s/installed/bgpd.conf (new)' % self.dir, out)
        self.assertEqual(os.listdir(self.dir + '/installed'), [])

    def test_a_refused_file_can_be_kept_to_be_looked_at(self):
        os.mkdir(self.dir + '/installed')
        self.edit(os.path.join(self.confdir, 'templates', 'bgpd.conf.template'), 'protocol device {', 'protocol device { x;')
        out = self.confgen('watch', '--onetime', '--keep-stage-file', '--node', 'node1', status=1)
        kept = out.split('refused files are in ')[1].split()[0]
        self.assertIn('protocol device { x;', self.read(os.path.join(kept, 'new', 'installed', 'bgpd.conf')))
        self.assertFalse(os.path.exists(self.dir + '/installed/bgpd.conf'))

    def read(self, path):
        with open(path) as f:
            return f.read()


if __name__ == '__main__':
    main()
