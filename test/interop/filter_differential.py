"""Random expressions and random filters, evaluated by bgpd and by a real BIRD 2, must agree.

Expressions go through `eval` of both control sockets; filters run on static routes with random attributes, and
`show route all` of both is compared. Everything is well typed and made from one seed, which a failure names:

  filter_differential.py [--cases 20000] [--seed 7]

Left out by construction, because BIRD 2.0.12 differs from 2.19, which we follow, or because it is wrong there:
  overlapping items in sets and case arms (2.0.12 loses members), empty case arms (it crashes), typed functions,
  changing methods as values (2.0.12 has the function forms only), custom attributes of strings and lists, unset of
  custom attributes, an address matched against a prefix set. The text of prefix sets shows nodes of BIRD's own tries.
  defined() of lists and paths: in BIRD it depends on how an empty one came to be.
  Flow labels above 65535 and offsets of prefixes in flows: 2.0.12 cuts the one and forgets the other; 2.17 does as we do.
  < and > of strings: BIRD takes what strcmp gives for -1, 0 or 1, which it is not.
"""
import argparse
import random
import re
import sys
import unittest

from support import BIRD, NetworkTest, needs_bird  # noqa: E402

CASES, SEED = 1500, 20
ROUTES, FILTERS = 8, 60  # routes that each filter sees; filters of one configuration
EDGES = [0, 1, 2, 3, 5, 100, 65535, 65536, 4294967295]
STRINGS = ['', 'a', 'eth0', 'eth1', 'bgp*', '*', 'e?h0']
NETS4 = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '192.0.2.0/24', '0.0.0.0/0', '203.0.113.7/32']
NETS6 = ['2001:db8::/32', '2001:db8:1::/48', 'fd00::/8', '::/0']
ADDRESSES = ['10.1.2.3', '192.0.2.1', '0.0.0.0', '255.255.255.255', '2001:db8::1', 'fe80::1', '::']


class Maker:
    """Texts of the language by type. `depth` bounds nesting; `route` allows attributes; `names` are variables by type.
    Constants that cannot be (1/0) are made only with `errors`: in a configuration they would refuse the whole file."""

    def __init__(self, rng, route=False, errors=False):
        self.rng, self.route, self.errors, self.names, self.functions = rng, route, errors, {}, []

    def pick(self, *choices):
        return self.rng.choice(choices)

    def make(self, kind, depth):
        own = self.names.get(kind)
        if own and self.rng.random() < 0.3:
            return self.rng.choice(own)
        return getattr(self, kind)(depth)

    def number(self):
        return self.rng.choice(EDGES) if self.rng.random() < 0.5 else self.rng.randrange(70)

    def half(self):
        return self.rng.choice([0, 1, 2, 65535]) if self.rng.random() < 0.5 else self.rng.randrange(9)

    def int(self, depth):
        if depth <= 0 or self.rng.random() < 0.3:
            if self.route and self.rng.random() < 0.5:
                return self.pick('bgp_med', 'bgp_local_pref', 'preference', 'c1', 'net.len', 'igp_metric')
            return str(self.number())
        d = depth - 1
        kind = self.rng.randrange(9 if not self.functions else 10)
        if kind < 4:
            right = self.make('int', d) if kind < 3 or self.errors else self.pick('7', '65536', 'bgp_med' if self.route else '3')
            return '(%s %s %s)' % (self.make('int', d), '+-*/'[kind], right)
        if kind == 4:
            return '(%s).%s' % (self.make('path', d), self.pick('len', 'first', 'last', 'last_nonaggregated'))
        if kind == 5:
            return '(%s).len' % self.make(self.pick('clist', 'lclist', 'eclist'), d)
        if kind == 6:
            return '(%s).%s' % (self.make('pair', d), self.pick('asn', 'data'))
        if kind == 7:
            return '(%s).%s' % (self.make('lc', d), self.pick('asn', 'data1', 'data2'))
        if kind == 8:
            return self.pick('(%s).len' % self.make(self.pick('prefix', 'net'), d), '(%s).%s' % (self.roa(), self.pick('maxlen', 'asn')))
        if self.rng.random() < 0.5:
            return '%s(%s, %s)' % (self.rng.choice(self.functions), self.make('int', d), self.make('pair', d))
        return '%s(%s, %s, %s)' % (self.rng.choice(self.functions).replace('g', 'h'), self.make('clist', d), self.make('path', d), self.make('prefix', 0))

    def bool(self, depth):
        d = depth - 1
        if depth <= 0:
            return self.pick('true', 'false')
        kind = self.rng.randrange(15)
        if kind == 0:
            return '!(%s)' % self.make('bool', d)
        if kind == 1:  # && and || bind alike, from left to right
            return '(%s %s %s %s %s)' % (self.make('bool', d), self.pick('&&', '||'), self.make('bool', d), self.pick('&&', '||'), self.make('bool', d))
        if kind in (2, 3):
            type_ = self.pick('int', 'int', 'ip', 'pair', 'lc', 'ec', 'prefix', 'net', 'rd')
            return '(%s %s %s)' % (self.make(type_, d), self.pick('=', '!=', '<', '<=', '>', '>='), self.make(type_, d))
        if kind == 4:
            type_ = self.pick('path', 'clist', 'lclist', 'eclist', 'bool', 'string')
            return '(%s %s %s)' % (self.make(type_, d), self.pick('=', '!='), self.make(type_, d))
        left, right = self.pick(('int', 'int_set'), ('int', 'path'), ('pair', 'pair_set'), ('pair', 'clist'), ('lc', 'lc_set'), ('lc', 'lclist'),
                                ('ec', 'ec_set'), ('ec', 'eclist'), ('path', 'mask'), ('path', 'int_set'), ('clist', 'pair_set'),
                                ('lclist', 'lc_set'), ('eclist', 'ec_set'), ('prefix', 'prefix_set'), ('prefix', 'prefix'),
                                ('ip', 'prefix'), ('ip', 'ip_set'), ('string', 'string'), ('enum', 'enum_set'), ('rd', 'rd_set'),
                                ('net', 'prefix_set'), ('net', 'net'), ('ip', 'net'))
        if self.route and self.rng.random() < 0.2:
            return 'defined(%s)' % self.pick('bgp_med', 'bgp_local_pref', 'c1', 'bgp_origin', 'bgp_next_hop')
        return '(%s %s %s)' % (self.make(left, d), self.pick('~', '~', '!~'), self.make(right, d))

    def ip(self, depth):
        if depth <= 0 or self.rng.random() < 0.5:
            if self.route and self.rng.random() < 0.5:
                return self.pick('bgp_next_hop', 'from', 'c3')
            return self.rng.choice(ADDRESSES)
        if self.rng.random() < 0.5:
            return '(%s).ip' % self.make(self.pick('prefix', 'net'), depth - 1)
        return '(%s).mask(%d)' % (self.make('ip', depth - 1), self.rng.randrange(33))

    def prefix(self, depth):
        if self.route and self.rng.random() < 0.6:
            return 'net'
        return self.rng.choice(NETS4 if self.rng.random() < 0.7 else NETS6)

    # Nets of other kinds than plain prefixes.
    def rd(self, depth):
        if depth > 0 and self.rng.random() < 0.3:
            return '(%s).rd' % self.vpn()
        return self.pick('%d:%d' % (self.half(), self.number()), '0:%d:%d' % (self.half(), self.number()), '2:%d:%d' % (self.number(), self.half()),
                         '10.0.0.%d:%d' % (self.rng.randrange(9), self.half()))

    def vpn(self):
        return '%s %s' % (self.rd(0), self.rng.choice(NETS4 + NETS6))

    def roa(self):
        net = self.rng.choice(NETS4 + NETS6)
        return '%s max %d as %d' % (net, self.rng.randrange(int(net.split('/')[1]), 129 if ':' in net else 33), self.number())

    def flow(self):
        v6 = self.rng.random() < 0.4
        nets = NETS6 if v6 else NETS4

        def numbers(most):
            # Values and ranges after one another, or relations; BIRD has no relation behind a list's comma.
            values = lambda: ','.join(self.pick('%d' % self.rng.randrange(most), '%d..%d' % (self.rng.randrange(9), 9 + self.rng.randrange(most - 9))) for _ in range(self.rng.randrange(1, 4)))
            relation = lambda: '%s %d' % (self.pick('=', '!=', '<', '<=', '>', '>=', 'true', 'false'), self.rng.randrange(most))
            text = self.pick(values, relation)()
            for _ in range(self.rng.randrange(3)):
                text += self.pick(' || ' + values(), ' || ' + relation(), ' && ' + relation())
            return text

        def masks(one):
            return one() + ''.join(self.pick(' && ', ' || ', ', ') + one() for _ in range(self.rng.randrange(3)))

        def bits():
            mask = self.rng.randrange(1, 0x1000)
            return self.pick('0x%x/0x%x' % (self.rng.randrange(0x1000) & mask, mask), '!0/0x%x' % mask, '!0x%x/0x%x' % (mask, mask))

        parts = [('dst', lambda: self.rng.choice(nets)), ('src', lambda: self.rng.choice(nets)), ('next header' if v6 else 'proto', lambda: numbers(256)),
                 ('port', lambda: numbers(65536)), ('dport', lambda: numbers(65536)), ('sport', lambda: numbers(65536)), ('icmp type', lambda: numbers(256)),
                 ('icmp code', lambda: numbers(256)), ('tcp flags', lambda: masks(bits)), ('length', lambda: numbers(65536)), ('dscp', lambda: numbers(64)),
                 ('fragment', lambda: masks(lambda: self.pick('', '!') + self.pick('is_fragment', 'first_fragment', 'last_fragment')))]
        if v6:
            parts.append(('label', lambda: numbers(65536)))
        chosen = self.rng.sample(parts, self.rng.randrange(4))
        return 'flow%d { %s}' % (6 if v6 else 4, ''.join('%s %s; ' % (words, value()) for words, value in chosen))

    def sadr(self):
        return '%s from %s' % (self.rng.choice(NETS6), self.rng.choice(NETS6))

    def net(self, depth):
        if depth > 0 and self.rng.random() < 0.2:
            return '(%s).%s' % (self.pick(self.flow, self.sadr)(), self.pick('src', 'dst'))
        return self.pick(self.vpn, self.roa, self.flow, self.sadr)()

    def rd_set(self, depth):
        return '[%s]' % self.pick('1:2, 5:0..5:9, 10.0.0.1:0..10.0.0.3:9', '0:0..100:0, 2:5:6, 65536:1', '3:1')

    def string(self, depth):
        if depth > 0 and self.rng.random() < 0.4:
            return 'format(%s)' % self.make(self.pick('int', 'ip', 'pair', 'lc', 'ec', 'path', 'clist', 'prefix', 'bool', 'net', 'rd', 'mask'), depth - 1)
        return '"%s"' % self.rng.choice(STRINGS)

    def pair(self, depth):
        if depth > 0 and self.rng.random() < 0.3:
            half = (lambda: self.make('int', depth - 1)) if self.errors else (lambda: self.pick('bgp_med', 'c1', '5')) if self.route else self.half
            return '(%s, %s)' % (half(), half())
        if depth > 0 and self.rng.random() < 0.2:
            return '(%s).%s' % (self.make('clist', depth - 1), self.pick('min', 'max'))
        return '(%d,%d)' % (self.half(), self.half())

    def lc(self, depth):
        if depth > 0 and self.rng.random() < 0.2:
            return '(%s).%s' % (self.make('lclist', depth - 1), self.pick('min', 'max'))
        part = (lambda: self.make('int', depth - 1)) if depth > 0 and self.rng.random() < 0.3 else self.number
        return '(%s,%s,%s)' % (part(), part(), part())

    def ec(self, depth):
        if depth > 0 and self.rng.random() < 0.15:
            return '(%s).%s' % (self.make('eclist', depth - 1), self.pick('min', 'max'))
        return self.pick('(rt,%d,%d)' % (self.half(), self.number()), '(ro,%d,%d)' % (self.number(), self.half()), '(rt,10.0.0.%d,%d)' % (self.half() % 256, self.half()),
                         '(unknown 0x4300,%d,%d)' % (self.half(), self.number()), '(generic,0x%x,0x%x)' % (self.number(), self.number()))

    def path(self, depth):
        if self.route and self.rng.random() < 0.5:
            return 'bgp_path'
        if depth <= 0:
            return '+empty+'
        d = depth - 1
        return self.pick(lambda: 'prepend(%s, %s)' % (self.make('path', d), self.make('int', d)), lambda: 'prepend(prepend(%s, %d), %d)' % (self.make('path', d), self.half(), self.half()),
                         lambda: 'delete(%s, %s)' % (self.make('path', d), self.make(self.pick('int', 'int_set'), d)),
                         lambda: 'filter(%s, %s)' % (self.make('path', d), self.int_set(d)))()

    def list(self, depth, empty, attribute, element, set_):
        if self.route and self.rng.random() < 0.5:
            return attribute
        if depth <= 0:
            return empty
        d, kind = depth - 1, {'-empty-': 'clist', '--empty--': 'eclist', '---empty---': 'lclist'}[empty]
        same = self.make(kind, d)
        return self.pick(lambda: 'add(%s, %s)' % (same, self.make(element, d)), lambda: 'add(add(%s, %s), %s)' % (same, self.make(element, 0), self.make(element, 0)),
                         lambda: 'add(%s, %s)' % (same, self.make(kind, d)), lambda: 'delete(%s, %s)' % (same, self.make(self.pick(element, set_, kind), d)),
                         lambda: 'filter(%s, %s)' % (same, self.make(self.pick(set_, kind), d)))()

    def clist(self, depth):
        return self.list(depth, '-empty-', 'bgp_community', 'pair', 'pair_set')

    def eclist(self, depth):
        return self.list(depth, '--empty--', 'bgp_ext_community', 'ec', 'ec_set')

    def lclist(self, depth):
        return self.list(depth, '---empty---', 'bgp_large_community', 'lc', 'lc_set')

    def enum(self, depth):
        return self.pick('source', 'bgp_origin') if self.route else self.pick('RTS_BGP', 'RTS_STATIC', 'RTS_DEVICE')

    # Sets: items in ascending order without overlap.
    def ranges(self, low, high):
        points = sorted(set(self.rng.choice(EDGES[:7]) if self.rng.random() < 0.4 else self.rng.randrange(low, min(high, 90)) for _ in range(6)))
        points = [p for p in points if low <= p <= high]
        items, i = [], 0
        while i < len(points):
            if i + 1 < len(points) and self.rng.random() < 0.4:
                items.append('%d..%d' % (points[i], points[i + 1]))
                i += 2
            else:
                items.append(str(points[i]))
                i += 1
        self.rng.shuffle(items)
        return items or ['7']

    def int_set(self, depth):
        return '[%s]' % ', '.join(self.ranges(0, 4294967295))

    def pair_set(self, depth):
        low, high = sorted((self.half(), self.half()))
        if depth >= 0 and self.rng.random() < 0.3:  # each of these alone, for they would overlap
            return '[%s]' % self.pick('(*,%d)' % low, '(*,%d..%d)' % (low, high), '(*,*)', '(%d..%d,%d)' % (low % 9, 9 + low % 9, high), '(%d..%d,*)' % (low, high),
                                      '(1..3,%d..%d)' % (low, high), '(%d,5)..(%d,9)' % (low, high))
        firsts = self.rng.sample(range(9), 3)
        return '[%s]' % ', '.join('(%d,%s)' % (first, self.pick('*', *self.ranges(0, 65535))) for first in firsts)

    def lc_set(self, depth):
        low, high = sorted((self.number(), self.number()))
        if self.rng.random() < 0.3:
            return '[%s]' % self.pick('(%d..%d,*,*)' % (low, high), '(*,*,*)', '(%d,%d..%d,*)' % (self.half(), low, high), '(%d,7,1)..(%d,7,5)' % (low, high))
        firsts = self.rng.sample([0, 1, 2, 3, 5, 100], 3)
        return '[%s]' % ', '.join(self.pick('(%d,*,*)' % f, '(%d,%d,*)' % (f, self.half()), '(%d,%d,%s)' % (f, self.half(), self.ranges(0, 4294967295)[0])) for f in firsts)

    def ec_set(self, depth):
        firsts = self.rng.sample(range(9), 3)
        return '[%s]' % ', '.join('(%s,%d,%s)' % (self.pick('rt', 'ro'), f, self.pick('*', *self.ranges(0, 65535))) for f in firsts)

    def ip_set(self, depth):
        return '[%s]' % self.pick('10.1.2.3, 192.0.2.0..192.0.2.255', '0.0.0.0..9.255.255.255, 10.1.2.3', '2001:db8::1, fe80::1', '::..fe00::')

    def prefix_set(self, depth):
        def item(net):
            length, most = int(net.split('/')[1]), 128 if ':' in net else 32
            low = self.rng.randrange(most + 1)
            return net + self.pick('', '+', '-', '{%d,%d}' % (low, min(low + self.rng.randrange(9), most)), '{%d,%d}' % (length, most), '{0,%d}' % low)
        return '[%s]' % ', '.join(item(net) for net in self.rng.sample(NETS4 if self.rng.random() < 0.7 else NETS6, self.rng.randrange(1, 4)))

    def enum_set(self, depth):
        return '[%s]' % (self.pick('RTS_BGP, RTS_STATIC', 'RTS_DEVICE') if not self.route or self.rng.random() < 0.5 else 'RTS_STATIC')

    def mask(self, depth):
        def item():
            one = self.pick(str(self.half()), '?', '*', '%d..%d' % (self.half() % 3, 5 + self.half()), self.int_set(0), '(%d + 1)' % (self.half() % 9))
            return one if one == '*' or self.rng.random() < 0.7 else one + '+'
        return '[= %s =]' % ' '.join(item() for _ in range(self.rng.randrange(5)))

    # Statements, for filters.
    def statements(self, depth, indent='  '):
        return ''.join(indent + self.statement(depth, indent) + '\n' for _ in range(self.rng.randrange(1, 4)))

    def statement(self, depth, indent):
        kind = self.rng.randrange(13)
        d = 2
        if depth > 0 and kind < 3:
            text = 'if %s then {\n%s%s}' % (self.make('bool', d), self.statements(depth - 1, indent + '  '), indent)
            return text + (' else {\n%s%s}' % (self.statements(depth - 1, indent + '  '), indent) if self.rng.random() < 0.5 else '')
        if depth > 0 and kind == 3:
            kind, items = self.pick(('int', self.ranges(0, 4294967295)), ('pair', ['(0,1..5)', '(1,*), (2,9)', '(5,5)']), ('lc', ['(1,2,*)', '(0,0,0), (5,*,*)']),
                                    ('ec', ['(rt,1,*)', '(ro,2,5..9), (rt,7,7)']), ('ip', ['10.1.2.3', '192.0.2.0..192.0.2.9, 2001:db8::1 ', ':: ']),
                                    ('enum', ['RTS_BGP', 'RTS_STATIC, RTS_DEVICE']))
            value = 'source' if kind == 'enum' else self.make(kind, d)
            arms = ''.join('%s  %s: %s\n' % (indent, item, self.simple()) for item in items)
            otherwise = '%s  else: %s\n' % (indent, self.simple()) if self.rng.random() < 0.8 else ''
            return 'case %s {\n%s%s%s}' % (value, arms, otherwise, indent)
        if depth > 0 and kind == 4:
            type_, list_, name = self.pick(('int', 'path', 'x'), ('pair', 'clist', 'y'), ('lc', 'lclist', 'z'), ('ec', 'eclist', 'w'))
            name += str(depth)
            values = self.make(list_, 1)
            before = list(self.names.get(type_, []))
            self.names[type_] = before + [name]
            text = 'for %s %s in %s do {\n%s%s}' % (type_, name, values, self.statements(depth - 1, indent + '  '), indent)
            self.names[type_] = before
            return text
        if kind == 5 and self.rng.random() < 0.3:
            return self.pick('accept;', 'reject;')
        return self.simple()

    def simple(self):
        d = 2
        variables = [(n, t) for t, names in self.names.items() for n in names if n.startswith('v')]
        kind = self.rng.randrange(9 if not variables else 12)
        if kind == 0:
            return '%s = %s;' % (self.pick('bgp_med', 'bgp_local_pref', 'c1', 'igp_metric', 'preference'), self.make('int', d))
        if kind == 1:
            return 'unset(%s);' % self.pick('bgp_med', 'bgp_local_pref', 'bgp_community', 'bgp_path', 'bgp_next_hop')
        if kind == 2:
            return 'bgp_path.%s;' % self.pick('prepend(%s)' % self.make('int', 1), 'delete(%s)' % self.int_set(1), 'filter(%s)' % self.int_set(1), 'empty')
        if kind in (3, 4, 5):
            name, element, set_ = [('bgp_community', 'pair', 'pair_set'), ('bgp_large_community', 'lc', 'lc_set'), ('bgp_ext_community', 'ec', 'ec_set')][kind - 3]
            return '%s.%s;' % (name, self.pick('add(%s)' % self.make(element, 1), 'delete(%s)' % self.make(self.pick(element, set_), 1), 'filter(%s)' % self.make(set_, 1), 'empty'))
        if kind == 6:
            return '%s = %s;' % (self.pick('bgp_next_hop', 'c3', 'from'), self.rng.choice(ADDRESSES[:2] + ADDRESSES[4:5]))
        if kind == 7:
            return 'bgp_origin = %s;' % self.pick('ORIGIN_IGP', 'ORIGIN_EGP', 'ORIGIN_INCOMPLETE')
        if kind == 8:
            return 'bgp_path = %s;' % self.make('path', d)
        name, type_ = self.rng.choice(variables)
        return '%s = %s;' % (name, self.make(type_, d))


def a_filter(rng, number):
    """Two functions, the second with loops and a call of the first, and a filter that calls both."""
    inner = Maker(rng)
    inner.names = {'int': ['a', 'vi'], 'pair': ['b']}
    text = 'function g%d(int a; pair b)\nint vi;\n{\n  vi = %s;\n  if %s then return %s;\n  return %s;\n}\n' % (
        number, inner.make('int', 2), inner.make('bool', 2), inner.make('int', 2), inner.make('int', 1))
    looped = Maker(rng)
    looped.names = {'clist': ['l'], 'path': ['p'], 'int': ['sum'], 'prefix': ['n']}
    text += 'function h%d(clist l; bgppath p; prefix n)\nint sum;\n{\n  sum = %s;\n' % (number, Maker(rng).make('int', 1))
    text += '  for pair c in l do {\n    if c ~ %s then sum = sum + g%d(c.data, c);\n    else return c.asn;\n  }\n' % (looped.pair_set(1), number)
    text += '  for int x in p do if %s then sum = sum * 3 + x;\n' % looped.make('bool', 2)
    text += '  if n ~ %s then { return %s; }\n  return sum;\n}\n' % (looped.prefix_set(1), looped.make('int', 1))
    maker = Maker(rng, route=True)
    kinds = rng.sample(['int', 'pair', 'clist', 'path', 'lc', 'ip'], 3)
    types = {'path': 'bgppath'}
    head = ''.join('%s v%s;\n' % (types.get(kind, kind), 'abc'[i]) for i, kind in enumerate(kinds))
    first = ''
    for i, kind in enumerate(kinds):
        first += '  v%s = %s;\n' % ('abc'[i], Maker(rng).make(kind, 2))  # an undefined variable is never used
        maker.names[kind] = ['v' + 'abc'[i]]
    maker.functions = ['g%d' % number]
    return text + 'filter f%d\n%s{\n%s%s%s  accept;\n}\n' % (number, head, first, maker.statements(3), maker.statements(2))


def a_route(rng, net):
    maker = Maker(rng)
    sets = []
    for chance, text in ((0.7, lambda: 'bgp_path = %s;' % maker.make('path', 3)), (0.7, lambda: 'bgp_community = %s;' % maker.make('clist', 3)),
                         (0.4, lambda: 'bgp_large_community = %s;' % maker.make('lclist', 2)), (0.4, lambda: 'bgp_ext_community = %s;' % maker.make('eclist', 2)),
                         (0.5, lambda: 'bgp_med = %d;' % maker.number()), (0.5, lambda: 'bgp_local_pref = %d;' % maker.number()),
                         (0.4, lambda: 'bgp_next_hop = 192.0.2.%d;' % rng.randrange(9)), (0.4, lambda: 'c1 = %d;' % maker.number()),
                         (0.3, lambda: 'bgp_origin = ORIGIN_EGP;')):
        if rng.random() < chance:
            sets.append(text())
    return '  route %s blackhole { %s };\n' % (net, ' '.join(sets))


HEAD = 'log "/dev/null" all;\nrouter id 192.0.2.9;\nprotocol device { }\nattribute int c1;\nattribute ip c3;\n'


def a_configuration(rng, filters):
    """Filters, and for each a static protocol with routes that go through it: (text, {net: number of the filter})."""
    text, filter_of = HEAD, {}
    for number in range(filters):
        text += a_filter(rng, number)
        text += 'protocol static s%d { ipv4 { import filter f%d; };\n' % (number, number)
        for i in range(ROUTES):
            net = '%d.%d.%d.0/24' % (10 + number // 200, number % 200, i)
            filter_of[net] = number
            text += a_route(rng, net)
        text += '}\n'
    return text, filter_of


def routes_of(daemon):
    """{net: what `show route all` says of it, times left out, attributes in any order}."""
    routes, net = {}, None
    for code, line in daemon.ask('show route all'):
        if code not in (1007, 1008, 1012):
            continue
        line = re.sub(r'\[(\S+) [^\s\]]+', r'[\1', line)
        if line[:1].isdigit():
            net = line.split()[0]
            routes[net] = [line]
        elif re.search(r'community: $', line):
            continue  # a list that became empty is no attribute here: it must not be sent, RFC 7606 section 7.8
        elif net and line.strip():
            if line.startswith('\t\t'):
                routes[net][-1] += ' ' + line.strip()  # a long list goes on
            else:
                routes[net].append(line)
    return {net: [lines[0]] + sorted(lines[1:]) for net, lines in routes.items()}


@needs_bird
class FilterDifferential(NetworkTest):
    def start(self, node, config):
        ours = self.bgpd(node, config)
        self.addCleanup(ours.stop)
        real = self.bird(node, config)
        return ours, real

    def test_random_expressions_have_the_same_value(self):
        rng, node = random.Random(SEED), self.net.node('e')
        ours, real = self.start(node, HEAD)
        wrong = []
        for case in range(CASES // 2):
            maker = Maker(rng, errors=True)
            kind = maker.pick('int', 'bool', 'bool', 'ip', 'string', 'pair', 'lc', 'ec', 'path', 'clist', 'eclist', 'lclist', 'int_set', 'pair_set', 'lc_set', 'net', 'rd', 'mask')
            # BIRD writes a pair set with a range in the first half as a range for each number of it, if the line is long enough.
            text = maker.make(kind, -1 if kind == 'pair_set' else rng.randrange(1, 5))
            if len(text) > 1000:
                continue
            answers = [daemon.ask('eval ' + text)[-1] for daemon in (real, ours)]
            # An error is an error, whatever its words; BIRD's word for one may come with its own code.
            said = [words if code == 23 else 'error' for code, words in answers]
            if said[0] != said[1]:
                wrong.append('%s\n    BIRD: %s\n    bgpd: %s' % (text, answers[0], answers[1]))
        self.assertFalse(wrong, 'seed %d: %d differ\n%s' % (SEED, len(wrong), '\n'.join(wrong[:12])))

    def test_random_filters_decide_and_change_alike(self):
        rounds = max(1, CASES // 2 // (FILTERS * ROUTES))
        wrong, crashes = [], 0
        for seed in range(SEED, SEED + rounds):
            text, filter_of = a_configuration(random.Random(seed), FILTERS)
            node = self.net.node('f%d' % seed)
            try:
                ours, real = self.start(node, text)
            except RuntimeError as error:
                # 2.0.12 crashes on some filters, without a word. What it says is no crash.
                if not str(error).startswith('bird on') or not str(error).endswith('ended at start: '):
                    raise
                crashes += 1
                continue
            want, have = routes_of(real), routes_of(ours)
            for net in filter_of:
                if want.get(net) != have.get(net):
                    wrong.append('seed %d %s in filter f%d\n    BIRD: %s\n    bgpd: %s' % (seed, net, filter_of[net], want.get(net, 'rejected'), have.get(net, 'rejected')))
            self.assertTrue(0 < len(want) < len(filter_of), 'seed %d: some routes are accepted and some are not' % seed)
            real.stop()
            ours.stop()
        self.assertLessEqual(crashes, rounds // 4, 'BIRD crashed too often to tell')
        self.assertFalse(wrong, '%d differ\n%s' % (len(wrong), '\n'.join(wrong[:8])))


if __name__ == '__main__':
    options = argparse.ArgumentParser()
    options.add_argument('--cases', type=int, default=CASES)
    options.add_argument('--seed', type=int, default=SEED)
    options, rest = options.parse_known_args()
    CASES, SEED = options.cases, options.seed
    sys.argv[1:] = rest
    import support
    support.main()
