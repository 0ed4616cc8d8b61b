#!/usr/bin/env python3
"""Which room may include which: the house's floor plan (ARCHITECTURE.md), checked on every #include.

Also: names of catch-all files are refused, and only the files that may see Asio do.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAY_INCLUDE = {
    'proto': set(),
    'bgpd/filter': {'proto'},
    'bgpd/loop': set(),
    'bgpd/rib': {'proto', 'bgpd/filter'},
    'bgpd/announce': {'proto', 'bgpd/filter', 'bgpd/rib'},
    'bgpd/bfd': {'proto', 'bgpd/rib', 'bgpd/kernel', 'bgpd/loop', 'log'},
    'bgpd/session': {'proto', 'bgpd/announce', 'bgpd/rib', 'bgpd/loop', 'bgpd/filter', 'bgpd/bfd', 'log'},
    'bgpd/kernel': {'proto', 'bgpd/rib', 'bgpd/loop', 'bgpd/filter', 'log'},
    'bgpd/rpki': {'proto', 'bgpd/filter', 'bgpd/rib', 'bgpd/loop', 'log', 'sockets'},
    'bgpd/config': {'proto', 'bgpd/filter', 'options'},
    'bgpd/ctl': {'proto', 'any bgpd'},
    'bgpd/equivalent': {'proto', 'any bgpd'},
    'bgpd/observe': {'proto', 'any bgpd'},
    'bgpd': {'proto', 'any bgpd'},
    'confgen': {'proto'},
    'bgpctl': {'proto'},
}
SEES_ASIO = ('bgpd/loop', 'bgpd/session', 'bgpd/kernel', 'bgpd/rpki', 'bgpd/bfd', 'bgpd/ctl', 'confgen', 'bgpctl')
CATCH_ALL = re.compile(r'^(utils?|helpers?|common|misc|manager)\b')


def room_of(path):
    """'bgpd/rib' for bgpd/rib/table.hpp, 'bgpd' for bgpd/main.cpp, 'confgen' for everything below confgen."""
    parts = path.split('/')
    if parts[0] == 'bgpd' and len(parts) > 2:
        return '/'.join(parts[:2])
    return parts[0]


def allowed(room, target):
    """May a file of `room` include the file `target`?"""
    other = room_of(target)
    rules = MAY_INCLUDE[room]
    if other == room or other in rules:
        return True
    if 'any bgpd' in rules and other.startswith('bgpd'):
        return True
    if 'options' in rules and target.startswith('bgpd/') and target.endswith('/options.hpp'):
        return True
    if 'sockets' in rules and target == 'bgpd/session/auth.hpp':
        return True
    return 'log' in rules and target == 'bgpd/observe/log.hpp'


def problems():
    for top in ('proto', 'bgpd', 'confgen', 'bgpctl'):
        for directory, _, files in os.walk(os.path.join(ROOT, top)):
            for file in sorted(files):
                if not file.endswith(('.cpp', '.hpp')):
                    continue
                path = os.path.relpath(os.path.join(directory, file), ROOT)
                room = room_of(path)
                if CATCH_ALL.match(file):
                    yield '%s: name the file for its subject' % path
                with open(os.path.join(ROOT, path)) as f:
                    for number, line in enumerate(f, 1):
                        ours = re.match(r'#include "([^"]+)"', line)
                        if ours and not allowed(room, ours.group(1)):
                            yield '%s:%d: room %s may not include %s' % (path, number, room, ours.group(1))
                        asio = re.match(r'#include <boost/asio', line)
                        free = room in SEES_ASIO and file.endswith('.cpp') or room == 'bgpd' or room in ('confgen', 'bgpctl')
                        if asio and not free:
                            yield '%s:%d: only .cpp files of %s see Asio' % (path, number, ', '.join(SEES_ASIO))


def main():
    assert allowed('bgpd/rib', 'proto/ip.hpp') and not allowed('bgpd/rib', 'bgpd/session/speaker.hpp')
    assert allowed('bgpd/config', 'bgpd/rib/options.hpp') and not allowed('bgpd/config', 'bgpd/rib/rib.hpp')
    assert not allowed('confgen', 'bgpd/config/lexer.hpp')
    found = list(problems())
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
