#!/usr/bin/env python3
"""How long a change of the datastore needs until bgpd runs it: a full mesh of N nodes, YAML files, 200 changes.

    test/bench/confgen_latency.py [--nodes 1000] [--changes 200] [--confgen PROGRAM] [--bgpd PROGRAM]

Each change gives this node a block or takes it away, as pods come and go. The time runs from the rename of the object's file to
confgen's word that bgpd has answered `configure`; the daemon runs in a namespace of its own and its neighbours do not exist.
"""
import argparse
import os
import re
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'examples'))
sys.dont_write_bytecode = True
from netlab import BirdLike, Network, Process, wait  # noqa: E402

NODE = '''apiVersion: projectcalico.org/v3
kind: Node
metadata:
  name: n%d
  labels:
    kubernetes.io/hostname: n%d
spec:
  bgp:
    ipv4Address: 10.%d.%d.%d/8
'''
POOL = '''apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: pods
spec:
  cidr: 172.16.0.0/12
'''
BLOCK = '''apiVersion: projectcalico.org/v3
kind: BlockAffinity
metadata:
  name: n0-%d
spec:
  cidr: 172.16.%d.0/26
  node: n0
  state: confirmed
'''


def put(path, text):
    with open(path + '.new', 'w') as f:
        f.write(text)
    start = time.monotonic()
    os.rename(path + '.new', path)
    return start


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nodes', type=int, default=1000)
    parser.add_argument('--changes', type=int, default=200)
    parser.add_argument('--confgen', default=os.path.join(ROOT, 'build/confgen/confgen'))
    parser.add_argument('--bgpd', default=os.path.join(ROOT, 'build/bgpd/bgpd'))
    options = parser.parse_args()
    with Network('cl') as net:
        node = net.node('n0')
        node.ip('addr', 'add', '10.0.0.1/8', 'dev', 'lo')
        store, confdir, installed = (os.path.join(net.dir, name) for name in ('store', 'confdir', 'n0-bgpd'))
        os.makedirs(store)
        os.makedirs(installed)
        put(store + '/pool.yaml', POOL)
        for n in range(options.nodes):
            put('%s/n%d.yaml' % (store, n), NODE % (n, n, n // 62500, n // 250 % 250, n % 250 + 1))
        shutil.copytree(os.path.join(ROOT, 'templates'), confdir)
        resource = confdir + '/conf.d/bgpd.toml'
        with open(resource) as f:
            text = f.read()
        with open(resource, 'w') as f:
            f.write(text.replace('/etc/avocet', installed).replace('/run/avocet', installed).replace(
                '"bgpd -p', '"%s -p' % os.path.abspath(options.bgpd)))
        start = time.monotonic()
        confgen = Process(node, 'confgen', [os.path.abspath(options.confgen), '--confdir', confdir, '--store', 'yaml:' + store,
                                            '--node', 'n0'])
        wait(lambda: os.path.exists(installed + '/bgpd.conf'), lambda: confgen.log()[-1000:], 60, 0.002)
        print('first configuration after %.0f ms, %d bytes' % ((time.monotonic() - start) * 1000,
                                                             os.path.getsize(installed + '/bgpd.conf')))
        BirdLike(node, os.path.abspath(options.bgpd), None)
        wait(lambda: 'Reconfig' in confgen.log(), lambda: confgen.log()[-1000:], 30)
        time.sleep(3)
        times = []
        for n in range(options.changes):
            path = '%s/block-%d.yaml' % (store, n % 2)
            before = os.path.getsize(confgen.log_path)
            if n % 4 < 2:
                start = put(path, BLOCK % (n % 2, n % 2))
            else:
                start = time.monotonic()
                os.unlink(path)
            end = start + 20
            while os.path.getsize(confgen.log_path) == before and time.monotonic() < end:
                time.sleep(0.0003)
            times.append((time.monotonic() - start) * 1000)
            time.sleep(1.05)  # each change is one of its own, and each gets its line in the log
        with open('/proc/%d/status' % confgen.process.pid) as f:
            memory = int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1)) / 1024
        print('%d nodes, %d changes: p50 %.1f ms, p99 %.1f ms, longest %.1f ms; confgen %.0f MB' % (
            options.nodes, options.changes, percentile(times, .5), percentile(times, .99), max(times), memory))
        wrong = [line for line in confgen.log().splitlines() if 'error' in line]
        if wrong:
            print('\n'.join(wrong[:5]))


if __name__ == '__main__':
    main()
