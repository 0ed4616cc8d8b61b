#!/usr/bin/env python3
"""Our answers beside those that were recorded of real BIRDs: the recording lab of the team's shared data is run with our
daemon, and what it got is compared with the recording, reply by reply. Left out by name where that data is not there."""
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import unittest

from support import BGPD, BIRDC, main, needs_mounts

SHARED = os.environ.get('AVOCET_SHARED', '')
LAB = os.path.join(SHARED, 'tools', 'birdc-lab')
RECORDED = os.path.join(SHARED, 'data', 'birdc-transcripts')

# Commands whose answers differ on purpose.
DELIBERATE = {
    '?': 'a list of the commands instead of an error', 'show ?': 'a list of the commands instead of an error',
    'nonsense': 'the words of an error are ours',
}


@unittest.skipUnless(os.path.exists(LAB), 'AVOCET_SHARED/tools/birdc-lab is not there')
@needs_mounts  # of the lab
@unittest.skipUnless(BIRDC, 'no birdc on this machine (Debian: bird2)')
class Transcripts(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest('needs root for network namespaces')
        loader = importlib.machinery.SourceFileLoader('birdc_lab', LAB)
        spec = importlib.util.spec_from_loader('birdc_lab', loader)
        self.lab = importlib.util.module_from_spec(spec)
        loader.exec_module(self.lab)

    def replies(self, path):
        """(command, sorted lines of its reply), in order. What a client printed is left out: clients differ, and ours
        is not the one that was recorded."""
        answers, block = [], None
        for line in self.lab.norm(path, ''):
            if line.startswith('> '):
                block = []
                answers.append((line[2:], block))
            elif line.startswith('$ '):
                block = None
            elif block is not None:
                # The code stands where it stands in the unsorted reply.
                text = line[7:] if line.startswith('< ') and line[2:6].isdigit() else line[3:]
                # Sizes have as many digits as they have; an attempt to connect is seen while it runs or after it.
                text = re.sub(r' *<bytes>', ' <bytes>', text)
                block.append(re.sub(r'  (Connect|Active)( +|$)', '  <connecting> ', text))
        return [(command, sorted(lines)) for command, lines in answers]

    def judge(self, scenario, recorded):
        with tempfile.TemporaryDirectory() as work:
            for name in ('bird', 'bird6'):  # a name that ends in 6 chooses the family of a 1.6 configuration
                os.symlink(BGPD, os.path.join(work, name))
            out = os.path.join(work, 'out')
            done = subprocess.run([sys.executable, LAB, 'record', '--scenario', scenario, '--daemon', os.path.join(work, 'bird'),
                                   '--daemon6', os.path.join(work, 'bird6'), '--client', BIRDC, '--out', out],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:])
            files = sorted(os.listdir(out))
            self.assertTrue(files)
            for name in files:
                theirs = self.replies(os.path.join(RECORDED, recorded, name))
                ours = self.replies(os.path.join(out, name))
                self.assertEqual([command for command, _ in ours], [command for command, _ in theirs])
                for (command, mine), (_, real) in zip(ours, theirs):
                    if command in DELIBERATE:
                        continue
                    with self.subTest(file=name, command=command):
                        self.assertEqual(mine, real)

    def test_a_calico_node_answers_as_the_fork_of_1_6_that_calico_ships(self):
        self.judge('calico', 'bird-1.6.8-calico')

    def test_a_node_of_the_2_x_dialect_answers_as_2_0_12(self):
        self.judge('seed', 'bird-2.0.12')


if __name__ == '__main__':
    main()
