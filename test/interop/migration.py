#!/usr/bin/env python3
"""The example of a CIDR migration is a test too: not one ping is lost, no session restarts, the old pool is gone at the end."""
import os
import subprocess
import sys
import unittest

from support import BGPD, ROOT, main


class Migration(unittest.TestCase):
    def test_both_pools_stay_reachable_until_the_old_one_has_drained(self):
        if os.geteuid() != 0:
            self.skipTest('needs root for network namespaces')
        done = subprocess.run([sys.executable, os.path.join(ROOT, 'examples/migration/migrate.py'), '--build',
                               os.path.dirname(os.path.dirname(BGPD))],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == '__main__':
    main()
