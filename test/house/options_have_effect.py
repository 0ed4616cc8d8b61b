#!/usr/bin/env python3
"""No option is read and then forgotten: every member of the rooms' option structs is used outside of config/.

What config/ alone uses up (to fill in others, to check) is listed with the reason.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OPTIONS = ['session', 'announce', 'rib', 'kernel', 'observe', 'rpki']
USED_UP = {
    'BgpOptions::local_interface': 'becomes `interface`',
    'TableOptions::sorted': 'paths are always sorted; `secondary` asks for it',
    'StaticOptions::roa_family': 'its table and routes must be of this family',
    'Config::definitions': 'what --print writes',
    'Config::gathered': 'texts of definitions',
    'Config::debug_protocols': "becomes each protocol's `debug`",
    'Config::mrtdump_protocols': "becomes each protocol's `mrtdump`",
    'BgpChannelOptions::import_table': 'always there; whether it may be shown',
    'BgpChannelOptions::export_table': 'always there; whether it may be shown',
}


def without_comments(text):
    return re.sub(r'//[^\n]*|/\*.*?\*/', '', text, flags=re.S)


def members(text):
    """('BgpOptions', 'hold_time') for every data member of the structs in a header."""
    text = re.sub(r'\benum class (\w+)[^{;]*\{[^}]*\}', r'\1', without_comments(text))
    for name, body in re.findall(r'^struct (\w+) \{(.*?)^\};', text, flags=re.S | re.M):
        for statement in body.split(';'):
            if '(' in statement or not statement.strip():
                continue  # a function, or an operator
            flat = re.sub(r'<[^<>]*>', '', re.sub(r'<[^<>]*>', '', statement))
            declarators = re.sub(r'^\s*[\w:]+\s+', '', flat.strip())
            for declarator in declarators.split(','):
                member = re.match(r'\s*(\w+)', declarator)
                if member:
                    yield name, member.group(1)


def main():
    used, declared = '', []
    for directory, _, files in os.walk(os.path.join(ROOT, 'bgpd')):
        for file in files:
            path = os.path.join(directory, file)
            with open(path) as f:
                text = f.read()
            if file == 'options.hpp' and os.path.basename(directory) in OPTIONS:
                declared += members(text)
            elif path.endswith('config/model.hpp'):
                declared += [found for found in members(text) if found[0] == 'Config']
            elif os.path.basename(directory) != 'config' and path.endswith(('.cpp', '.hpp')):
                used += without_comments(text)
    names = set(re.findall(r'(?:\.|->|::)(\w+)', used))
    idle = ['%s::%s' % found for found in declared if found[1] not in names]
    for name in idle:
        if name not in USED_UP:
            print('%s is set by the configuration and used by nobody' % name)
    print('%d members, %d used up in config/' % (len(declared), len(idle)))
    sys.exit(any(name not in USED_UP for name in idle) or len(declared) < 100)


if __name__ == '__main__':
    main()
