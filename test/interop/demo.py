#!/usr/bin/env python3
"""The demo is a test too: with our bgpd, and with real daemons as the top-of-rack router."""
import os
import subprocess
import sys
import unittest

from support import BGPD, BIRD, FRR, ROOT, main

BUILD = os.path.dirname(os.path.dirname(BGPD))


class Demo(unittest.TestCase):
    def play(self, *arguments):
        if os.geteuid() != 0:
            self.skipTest('needs root for network namespaces')
        done = subprocess.run([sys.executable, os.path.join(ROOT, 'examples/cluster/demo.py'), '--build', BUILD, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(done.stdout.rstrip().endswith('DEMO OK'), done.stdout)

    def test_all_ours(self):
        self.play()

    @unittest.skipUnless(BIRD, 'no bird on this machine (Debian: bird2)')
    def test_bird_as_top_of_rack_router(self):
        self.play('--tor', 'bird')

    @unittest.skipUnless(FRR, 'no FRR on this machine (Debian: frr)')
    def test_frr_as_top_of_rack_router(self):
        self.play('--tor', 'frr')


if __name__ == '__main__':
    main()
