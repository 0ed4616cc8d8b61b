"""confgen on this machine with one template, judged by the file that comes out."""
import os
import shutil
import subprocess
import tempfile
import unittest

from servers import CONFGEN, Server, environment, wait


class RenderingTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='avocet-store-')
        self.addCleanup(shutil.rmtree, self.dir)
        os.makedirs(self.dir + '/confd/conf.d')
        os.makedirs(self.dir + '/confd/templates')
        self.out = self.dir + '/out.conf'
        open(self.dir + '/confd.toml', 'w').close()

    def template(self, text, keys, prefix='/calico'):
        with open(self.dir + '/confd/templates/t', 'w') as f:
            f.write(text)
        with open(self.dir + '/confd/conf.d/t.toml', 'w') as f:
            f.write('[template]\nsrc = "t"\ndest = "%s"\nprefix = "%s"\nkeys = %s\n' % (self.out, prefix, keys))

    def argv(self, *flags, node='n1'):
        return [CONFGEN, *flags, '--confdir', self.dir + '/confd', '--config-file', self.dir + '/confd.toml', '--node', node]

    def confgen(self, *flags, **env):
        return Server(self, 'confgen', self.argv(*flags), env=env)

    def ask(self, *flags, timeout=60, **env):
        return subprocess.run(self.argv(*flags), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
                              env=environment(env))

    def text(self):
        try:
            with open(self.out) as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def comes(self, text, seconds=20):
        wait(lambda: text in self.text(), lambda: '%r in %r' % (text, self.text()), seconds)

    def goes(self, text, seconds=20):
        wait(lambda: text not in self.text(), lambda: '%r not in %r' % (text, self.text()), seconds)
