#!/usr/bin/env python3
"""Calico's golden cases, from a datastore to keys and files: what `confgen keys` shows is the key tree that Calico's
templates read, and the releases' own templates, unmodified, give every golden file (blank lines ignored). With --compat:
without it a peering with a filter that does not exist lets no route pass, where Calico's cases expect all.

The cases are not part of this repository: AVOCET_SHARED names the folder they are in. Neither are Calico's templates:
AVOCET_CALICO names a folder with v3.26/ and master/, each as a release's confd directory (conf.d, templates); without it
only keys are compared. With names of cases as arguments only these, with their differences.
"""
import json
import os
import subprocess
import sys
import tempfile

from support import CONFGEN
from template_equivalence import GOLDENS, SKIPPED, Store, things, yaml

CALICO = os.environ.get('AVOCET_CALICO')
# What the union of all releases has and one of them has not.
LATER_MEMBERS = {'v3.26': {'local_as_num', 'keepalive_time', 'passive_mode', 'local_bgp_peer', 'next_hop_mode'}, 'master': set()}
SURPLUS_KEYS = {'v3.26': {'wireguard_addr_v4', 'wireguard_addr_v6'},
                'master': {'bind_mode', 'node_mesh_restart_time', 'node_mesh_password', 'ignored_interfaces', 'svc_cluster_ips', 'svc_external_ips',
                           'svc_loadbalancer_ips'}}


def confgen(*arguments, case):
    environment = dict(os.environ, **case['env'], NODENAME=case['nodename'])
    return subprocess.run([CONFGEN, *arguments, '--compat'], env=environment, cwd=case['folder'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


def meaning(text, release):
    """JSON compares as a value; other text as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name not in LATER_MEMBERS[release]}
    return value if isinstance(value, list) or value is None else text


def key_differences(store, case, release, derived):
    shown = confgen('keys', '--store', 'yaml:' + store.directory, '--node', case['nodename'], case=case).stdout
    made = dict(line.split(' ', 1) if ' ' in line else (line, '') for line in shown.splitlines())
    # Peers of other nodes are in Calico's tree; confgen derives one node's.
    foreign = lambda key: '/host/' in key and '/peer_v' in key and '/host/%s/' % case['nodename'] not in key
    out = ['missing %s' % key for key in derived if key not in made and not foreign(key)]
    for key, text in made.items():
        if key not in derived:
            if key.rsplit('/', 1)[1] not in SURPLUS_KEYS[release]:
                out.append('too much: %s %s' % (key, text))
        elif meaning(text, release) != meaning(derived[key], release):
            out.append('%s: %s\n  wanted %s' % (key, text, derived[key]))
    return out


def lines(path):
    with open(path) as text:
        return [line.rstrip() for line in text if line.strip()]


def file_differences(store, case, release, expected, work):
    out = os.path.join(work, 'out')
    os.makedirs(out, exist_ok=True)
    done = confgen('render', '--store', 'yaml:' + store.directory, '--node', case['nodename'], '--confdir', os.path.join(CALICO, release),
                   '--out', out, case=case)
    found = {}
    for name in sorted(os.listdir(expected)):
        made = os.path.join(out, name)
        found[name] = 'not rendered: ' + done.stderr if not os.path.exists(made) else '' if lines(made) == lines(os.path.join(expected, name)) else 'differs'
    return found


def main():
    if not GOLDENS or not os.path.isdir(GOLDENS) or yaml is None:
        print("skipped: calico_goldens (Calico's golden cases are not here: AVOCET_SHARED; Debian: python3-yaml)")
        return SKIPPED
    chosen = set(sys.argv[1:])
    failed = False
    for release in ('v3.26', 'master'):
        trees = files = equal_trees = equal_files = 0
        with_templates = bool(CALICO) and os.path.isdir(os.path.join(CALICO or '', release, 'templates'))
        for name in sorted(os.listdir(os.path.join(GOLDENS, release))):
            folder = os.path.join(GOLDENS, release, name)
            if (chosen and name not in chosen) or not os.path.exists(os.path.join(folder, 'case.json')):
                continue
            with open(os.path.join(folder, 'case.json')) as text:
                case = json.load(text)
            case['folder'] = folder
            with tempfile.TemporaryDirectory() as work:
                store = Store(os.path.join(work, 'store'), case)
                for number, step in enumerate(case['steps'], 1):
                    for change, listed in ((store.put, step['apply']), (store.drop, step['delete'])):
                        for path in listed:
                            for thing in things(os.path.join(folder, path)):
                                thing.pop('status', None)  # no client can write it
                                change(thing)
                    with open(os.path.join(GOLDENS, 'derived', release, name, 'step%d.kv.json' % number)) as text:
                        found = key_differences(store, case, release, json.load(text))
                    trees += 1
                    equal_trees += not found
                    if found:
                        print('%s %s step %d:\n  %s' % (release, name, number, '\n  '.join(found[:9 if not chosen else None])))
                    if with_templates and step.get('expect'):
                        for file, why in file_differences(store, case, release, os.path.join(folder, step['expect']), work).items():
                            files += 1
                            equal_files += not why
                            if why:
                                print('%s %s step %d: %s %s' % (release, name, number, file, why))
        print('%s: %d key trees equal of %d' % (release, equal_trees, trees))
        print('%s: %d files equal of %d' % (release, equal_files, files) if with_templates else
              'skipped: files of %s (its templates are not here: AVOCET_CALICO)' % release)
        failed |= equal_trees != trees or equal_files != files
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
