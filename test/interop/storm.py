#!/usr/bin/env python3
"""A storm of changes in the datastore: nothing is lost, the session does not notice, the log stays short, and it all comes out right."""
import os
import threading
import time

from support import main
from datastore import FedNode, block

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


if __name__ == '__main__':
    main()
