#!/usr/bin/env python3
"""Our own templates mean what Calico's do: what confgen renders for each of Calico's golden cases is compared by
`bgpd --equivalent` with the configurations expected there, IPv4 and IPv6.

The cases are not part of this repository: AVOCET_SHARED names the folder they are in. With names of cases on the command
line only these are compared, and what differs is printed.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from support import BGPD, CONFGEN, ROOT

try:
    import yaml
except ImportError:
    yaml = None

SHARED = os.environ.get('AVOCET_SHARED')
GOLDENS = SHARED and os.path.join(SHARED, 'data', 'calico-goldens')
SKIPPED = 77

# The rule of newer Calico that an older one lacks, as our template writes it.
TUNNEL = re.compile(r'  # Tunnel devices are.*?\n  }\n  if defined\(ifname\) then {.*?\n  }\n', re.S)


class Store:
    """The datastore of one case as a directory of YAML files: one file for each object."""

    def __init__(self, directory, case):
        self.directory = directory
        os.makedirs(directory)
        for number, block in enumerate(case['block_affinities']):
            self.put({'apiVersion': 'projectcalico.org/v3', 'kind': 'BlockAffinity', 'metadata': {'name': 'block-%d' % number},
                      'spec': {'cidr': block['cidr'], 'node': block['host'], 'state': block['state']}})

    def path(self, thing):
        meta = thing['metadata']
        name = '%s.%s.%s' % (thing['kind'], meta.get('namespace', ''), meta['name'])
        return os.path.join(self.directory, name.replace('/', '_') + '.yaml')

    def put(self, thing):
        with open(self.path(thing), 'w') as out:
            yaml.safe_dump(thing, out)

    def write_defaults(self):
        """What a newer Calico does unless told otherwise, an older one cannot do: our templates want to be told."""
        default = {'apiVersion': 'projectcalico.org/v3', 'kind': 'BGPConfiguration', 'metadata': {'name': 'default'}, 'spec': {}}
        if os.path.exists(self.path(default)):
            with open(self.path(default)) as written:
                default = yaml.safe_load(written)
        default['spec'] = dict({'ipv4NormalRoutePriority': 1024, 'ipv6NormalRoutePriority': 1024, 'programClusterRoutes': 'EnabledNoEncapOnly'},
                               **default.get('spec') or {})
        self.put(default)

    def drop(self, thing):
        if os.path.exists(self.path(thing)):
            os.unlink(self.path(thing))


def things(path):
    """The objects of a file; every scalar that only YAML 1.1 takes for something else stays text."""
    with open(path) as text:
        for document in yaml.load_all(text, Loader=PlainLoader):
            if not document:
                continue
            yield from document['items'] if document['kind'].endswith('List') else [document]


if yaml:
    class PlainLoader(yaml.SafeLoader):
        """Without base-60 numbers and dates."""

    PlainLoader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag not in ('tag:yaml.org,2002:int', 'tag:yaml.org,2002:timestamp')]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    PlainLoader.add_implicit_resolver('tag:yaml.org,2002:int', __import__('re').compile(r'^[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+|0o?[0-7]+)$'),
                                      list('-+0123456789'))


def environment(case, directory, step):
    env = dict(os.environ, NODENAME=case['nodename'])
    for key, value in list(case['env'].items()) + list(step.get('env', {}).items()):
        env[key] = os.path.join(directory, value) if os.path.exists(os.path.join(directory, str(value))) else value
    return env


def unmet(case):
    """What the case needs that neither a directory of YAML files nor the environment holds."""
    return [need for need in case['needs'] if need not in ('datastore', 'k8s-services', 'k8s-secrets', 'endpoint-status-files')]


# Where ours do something else on purpose: release, case (None: all), and why. The difference is exactly that: with the
# rule taken out of ours, or the words put in their place, they are equivalent.
LEFT_OUT = [
    ('v3.26', None, TUNNEL, "addresses of tunnel devices stay on the node (newer Calico's rule)"),
]
# The same, shown by a phrase of the comparison.
EXPLAINED = [
    (None, 'bgpfilter--filter_deletion', 'B rejects', 'no route passes where a BGPFilter is missing; Calico lets all pass'),
    (None, 'explicit_peering--global', 'local: A as 64567, B 10.192.0.2 as 64567',
     'to listen on one address only, BIRD 2 wants it as the source address as well'),
] + [
    (None, case, 'from the kernel', "1.6's 'next hop keep' is for routes of the kernel too, BIRD 2's for those of BGP")
    for case in ('explicit_peering--keepnexthop', 'reachable_by--global_peers', 'next_hop_mode--global_peers')
]


def equivalent(rendered, expected, family):
    done = subprocess.run([BGPD, '--equivalent', '--family', family, expected, rendered], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def compare(release, name, rendered, expected, family):
    """(status or reason, words): 0 equivalent, 1 different, 2 unreadable, or why the difference is wanted."""
    status, words = equivalent(rendered, expected, family)
    if status != 1:
        return status, words
    for of_release, case, rule, why in LEFT_OUT:
        if of_release == release and case in (None, name):
            with open(rendered) as text:
                ours = text.read()
            without = rendered + '.without'
            with open(without, 'w') as out:
                out.write(rule.sub('', ours))
            if equivalent(without, expected, family)[0] == 0:
                return why, words
    for of_release, case, phrase, why in EXPLAINED:
        if of_release in (None, release) and case == name and phrase in words:
            return why, words
    return status, words


def steps(release, name):
    """Yields (step number, {family: (status, words)}) for each step of a case that expects files."""
    directory = os.path.join(GOLDENS, release, name)
    with open(os.path.join(directory, 'case.json')) as file:
        case = json.load(file)
    if unmet(case):
        print('skipped    %s %s (needs %s)' % (release, name, ', '.join(unmet(case))))
        return
    with tempfile.TemporaryDirectory(prefix='equal-') as work:
        store = Store(os.path.join(work, 'store'), case)
        for number, step in enumerate(case['steps'], 1):
            for file in step['apply']:
                for thing in things(os.path.join(directory, file)):
                    store.put(thing)
            for file in step['delete']:
                for thing in things(os.path.join(directory, file)):
                    store.drop(thing)
            if not step.get('expect'):
                continue
            if release == 'master':
                store.write_defaults()
            out = os.path.join(work, 'out%d' % number)
            os.makedirs(out)
            done = subprocess.run([CONFGEN, 'render', '--store', 'yaml:' + store.directory, '--confdir', os.path.join(ROOT, 'templates'),
                                   '--out', out], env=environment(case, directory, step), capture_output=True, text=True)
            rendered = [os.path.join(top, f) for top, _, files in os.walk(out) for f in files if f == 'bgpd.conf']
            if not rendered:
                yield number, {'both': (3, done.stdout + done.stderr)}
                continue
            expect = os.path.join(directory, step['expect'])
            yield number, {family: compare(release, name, rendered[0], os.path.join(expect, file), family)
                           for family, file in (('ipv4', 'bird.cfg'), ('ipv6', 'bird6.cfg'))}


def cases():
    return [(release, name) for release in ('v3.26', 'master') for name in sorted(os.listdir(os.path.join(GOLDENS, release)))
            if os.path.exists(os.path.join(GOLDENS, release, name, 'case.json'))]


def main():
    if not GOLDENS or not os.path.isdir(GOLDENS):
        print('skipped: AVOCET_SHARED is not set')
        return SKIPPED
    if not yaml:
        print('skipped: no PyYAML (Debian: python3-yaml)')
        return SKIPPED
    wanted = sys.argv[1:]
    failed = 0
    for release, name in cases():
        if wanted and name not in wanted and release + '/' + name not in wanted:
            continue
        for number, families in steps(release, name):
            for family, (status, words) in families.items():
                known = {0: 'equivalent', 1: 'different', 2: 'unreadable', 3: 'unrendered'}
                line = '%-10s %s %s step %d %s' % (known.get(status, 'explained'), release, name, number, family)
                print(line if status in known else line + ': ' + status)
                failed += status in (1, 2, 3)
                if wanted:
                    print(words)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
