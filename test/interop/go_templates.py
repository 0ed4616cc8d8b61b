"""Our template engine gives what Go's own text/template gives, for thousands of generated templates and values.

Each case runs through both. They must agree on the text, or on that there is an error and on its line; whether the
message is the same too is counted. What later versions of Go allow and Debian's does not (ranges over whole numbers,
{{else with}}) is left out. With arguments: COUNT and SEED of another run.
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = os.environ.get('AVOCET_TEMPLATE_CASES', os.path.join(HERE, '..', '..', 'build', 'test', 'interop', 'template_cases'))
VERBS = 'vvvsdqxXbcoOUeEfFgGtTz%'
WORDS = ['', 'a', 'b', 'abc', 'node-1', '10.0.0.1', 'a,b,c', '/bgp/v1/host', 'x y', '<&>"\'', 'a\tb\n', 'Ünï', '日本', '1', 'true',
         '{"a":[1,2.5,null]}', '[1,"x",{}]', '7e3', '\u00a0', '2.5', '64512']
NUMBERS = [0, 1, -1, 2, 3, 64512, 1.5, -0.25, 1e6, 4200000000, 123456789.125, 1e21, 1e-7, 100000, 65535, 0.1]
LITERALS = ['0', '1', '2', '-3', '7', '+4', '0x1F', '0b101', '0o17', '017', '1_000', '1.5', '1e3', '.5', '1e-9', '0x1p-2', "'a'", "'\\n'",
            "'日'", '2i', '1+2i', '9223372036854775807', '9223372036854775808', '089', '1__0', '0x', '1e999', '99999999999999999999']


class Maker:
    """Makes one template after the other from one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.variables = ['$']
        self.blocks = 0
        self.careful = False  # whether most of a template should work

    def pick(self, *choices):
        return self.random.choice(choices)

    def value(self, depth=0):
        r = self.random
        kind = r.randrange(8 if depth < 3 else 5)
        if kind < 2:
            return r.choice(WORDS)
        if kind == 2:
            return r.choice(NUMBERS)
        if kind == 3:
            return r.choice([True, False])
        if kind == 4:
            return None if r.random() < 0.5 else ''
        if kind < 7:
            return {r.choice(['a', 'b', 'c', 'list', 'name']): self.value(depth + 1) for _ in range(r.randrange(4))}
        return [self.value(depth + 1) for _ in range(r.randrange(4))]

    def data(self):
        made = self.value() if self.random.random() < 0.05 else {}
        if isinstance(made, dict):
            made.update({'a': self.value(1), 'b': self.value(1), 's': self.random.choice(WORDS), 'n': self.random.choice(NUMBERS), 't': True,
                         'list': [self.value(2) for _ in range(self.random.randrange(4))], 'null': None,
                         'map': {k: self.value(2) for k in ('x', 'y') if self.random.random() < 0.8},
                         'names': [self.random.choice(WORDS) for _ in range(3)]})
        return made

    def text_literal(self):
        word = self.random.choice(WORDS)
        if self.random.random() < 0.2 and '`' not in word:
            return '`' + word + '`'
        return json.dumps(word, ensure_ascii=self.random.random() < 0.5)

    def pattern(self):
        out = ''
        for _ in range(self.random.randrange(1, 4)):
            out += self.random.choice(['', 'x', ' ', ':']) + '%' + ''.join(self.random.choice(['', '', '', '-', '+', '#', ' ', '0']) for _ in range(2))
            out += self.random.choice(['', '', '', '3', '8', '.2', '6.3', '.0', '*', '.*', '[1]', '[2]', '[9]', '[x]', '10.', '.'])
            out += self.random.choice(VERBS)
        return json.dumps(out)

    def field(self):
        if self.random.random() < 0.9:
            return '$' + self.pick('.a', '.b', '.s', '.n', '.t', '.list', '.null', '.map', '.names', '.missing', '.map.x', '.map.y', '.missing.x')
        return ''.join('.' + self.pick('a', 'b', 's', 'n', 't', 'list', 'null', 'map', 'names', 'missing', 'x', 'y', 'name')
                       for _ in range(self.pick(1, 1, 1, 2, 3)))

    def operand(self, depth):
        if self.careful and self.random.random() < 0.98:
            if depth < 2 and self.random.random() < 0.3:
                return '(' + self.pipeline(depth + 1) + ')'
            return self.pick(self.field(), self.field(), self.text_literal(), self.random.choice(LITERALS[:17]), self.random.choice(self.variables),
                             '.', 'true', 'false')
        kind = self.random.randrange(14)
        if kind < 3:
            return self.field()
        if kind == 3 or kind > 11:
            return self.text_literal()
        if kind == 4:
            return self.random.choice(LITERALS[:16])
        if kind == 5:
            return self.pick('.', '.', 'true', 'false', 'nil')
        if kind == 6:
            return self.random.choice(self.variables) + self.pick('', '', '', self.field())
        if kind == 7 and self.random.random() < 0.3:
            return self.random.choice(LITERALS)
        if depth > 2:
            return self.field()
        return '(' + self.pipeline(depth + 1) + ')' + self.pick('', '', '', self.field())

    def call(self, depth):
        if self.careful and self.random.random() < 0.98:
            name = self.pick('eq', 'ne', 'lt', 'gt', 'le', 'and', 'or', 'not', 'print', 'println', 'printf', 'printf', 'html', 'js', 'urlquery', 'split',
                             'join', 'base', 'dir', 'toUpper', 'toLower', 'contains', 'replace', 'hasSuffix', 'trimSuffix', 'map', 'add', 'sub',
                             'mul', 'seq', 'getenv', 'base64Encode', 'len', 'index', 'slice', 'json')
            sure = {'index': self.pick('index $.map "x"', 'index $.names 1', 'index $ "map" "y"'), 'len': self.pick('len $.list', 'len $.s', 'len $.names'),
                    'slice': self.pick('slice $.s', 'slice $.names', 'slice $.s 0', 'slice $.s 0 0'), 'getenv': self.pick('getenv "NO_SUCH" "x"', 'getenv "NO"'),
                    'json': self.pick('json `{"a":[1,2.5,null,{"b":true}]}`', 'jsonArray `[1,"x",{},4200000000]`', 'json "{}"')}
            return sure.get(name) or self.fitting(name, depth)
        name = self.pick('eq', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or', 'not', 'len', 'index', 'index', 'slice', 'print', 'println',
                         'printf', 'printf', 'html', 'js', 'urlquery', 'call', 'split', 'join', 'base', 'dir', 'toUpper', 'toLower', 'contains',
                         'replace', 'hasSuffix', 'trimSuffix', 'json', 'jsonArray', 'map', 'add', 'sub', 'mul', 'div', 'mod', 'seq', 'atoi',
                         'parseBool', 'getenv', 'base64Encode', 'base64Decode')
        if self.random.random() < 0.93:
            fit = self.fitting(name, depth)
            if fit is not None:
                return fit
        return ' '.join([name] + [self.operand(depth) for _ in range(self.random.randrange(4))])

    def fitting(self, name, depth):
        """A call whose operands are likely to be of the right types."""
        if self.careful:
            text = lambda: self.pick(self.text_literal(), '$.s', '(index $.names 0)', '(print %s)' % self.field(), '(printf "%%q" %s)' % self.field())
        else:
            text = lambda: self.pick(self.text_literal(), '$.s', '$.s', '(index $.names 0)', '(print ' + self.operand(depth) + ')')
        number = lambda: self.pick('0', '1', '2', '-3', '(len $.s)', '7')
        if name == 'printf':
            return 'printf %s %s' % (self.pattern(), ' '.join(self.operand(depth) for _ in range(self.random.randrange(4))))
        if name in ('eq', 'ne', 'lt', 'le', 'gt', 'ge'):
            if self.careful:
                return '%s %s' % (name, self.pick('%s %s' % (text(), text()), '%s %s' % (number(), number()), '$.n 1.5', '$.n $.n'))
            side = self.pick(text, number, lambda: self.pick('1.5', '$.n', '1e6'), lambda: self.operand(depth))
            other = side if self.random.random() < 0.9 else text
            return '%s %s %s' % (name, side(), other())
        if name in ('base', 'dir', 'toUpper', 'toLower', 'json', 'jsonArray', 'atoi', 'parseBool', 'base64Encode', 'base64Decode', 'html', 'js',
                    'urlquery'):
            return '%s %s' % (name, text())
        if name in ('split', 'contains', 'hasSuffix', 'trimSuffix'):
            return '%s %s %s' % (name, text(), self.pick(text(), '","', '""', '"."', '"/"'))
        if name == 'join':
            return 'join (split %s %s) %s' % (text(), self.pick('","', '"."', '""'), text())
        if name == 'replace':
            return 'replace %s %s %s %s' % (text(), self.pick('"a"', '","', '""', text()), text(), self.pick('-1', '1', '2', '0'))
        if name in ('add', 'sub', 'mul', 'div', 'mod', 'seq'):
            return '%s %s %s' % (name, number(), number())
        if name == 'index':
            return self.pick('index $.list ' + number(), 'index $.map "x"', 'index $.names ' + number(), 'index $.s ' + number(), 'index $ "map" "x"', 'index $.names 1')
        if name == 'slice':
            return 'slice $.s ' + ' '.join(number() for _ in range(self.random.randrange(4)))
        if name in ('and', 'or', 'print', 'println'):
            return '%s %s' % (name, ' '.join(self.safe_operand(depth) for _ in range(self.random.randrange(1, 4))))
        if name == 'not':
            return 'not ' + self.safe_operand(depth)
        if name == 'map':
            return 'map %s' % ' '.join('%s %s' % (self.text_literal(), self.safe_operand(depth)) for _ in range(self.random.randrange(3)))
        if name == 'len':
            return 'len ' + self.pick('$.list', '$.s', '$.map', '$.names', '$', '.')
        return None

    def command(self, depth):
        if self.random.random() < 0.45:
            return self.call(depth)
        return self.safe_operand(depth)

    def safe_operand(self, depth):
        return self.operand(depth) if self.random.random() < 0.4 else self.pick(self.field(), self.text_literal(), self.random.choice(self.variables))

    def pipeline(self, depth=0):
        parts = [self.command(depth)]
        while self.random.random() < 0.15:
            if self.careful:
                parts.append(self.pick('print', 'html', 'js', 'printf "%v|%[1]T"', 'not', 'printf "%8v|"', 'and 1', 'or ""', 'printf "%#v"', 'printf "%+q"'))
                continue
            parts.append(self.pick('printf "%v"', 'print', 'print', 'html', 'printf "%q"', 'not', 'urlquery', 'js', 'printf "%8v|"', 'len', 'eq 1',
                                   'index $.list', '.a', self.call(depth)))
        return self.pick(' | ', '|', ' |\n').join(parts)

    def action(self, inside):
        left = self.pick('{{', '{{', '{{', '{{- ', '{{-\n')
        right = self.pick('}}', '}}', '}}', ' -}}', '\n-}}')
        return left + inside + right

    def declaration(self):
        name = self.pick('$x', '$y', '$z')
        if name in self.variables and self.random.random() < 0.5:
            return name + ' = ' + self.pipeline()
        made = name + self.pick(' := ', ':=') + self.pipeline()
        self.variables.append(name)
        return made

    def statement(self, depth):
        kind = self.random.randrange(14 if depth < 3 else 6)
        if kind < 4:
            return self.action(self.pipeline())
        if kind == 4:
            return self.action(self.declaration())
        if kind == 5:
            return self.pick('{{/* note */}}', '{{- /* note\n */ -}}', '{{/*\n*/}}')
        mark = len(self.variables)
        if kind < 8:
            out = self.action('if ' + self.pick(self.pipeline(), self.declaration())) + self.body(depth)
            while self.random.random() < 0.3:
                out += self.action('else if ' + self.pipeline()) + self.body(depth)
        elif kind < 10:
            out = self.action('with ' + self.pick(self.pipeline(), '$w := ' + self.pipeline())) + self.body(depth)
        elif kind < 13:
            over = self.pick('$.list', '$.map', '$.names', 'seq 1 3', 'split $.s ","', '$.missing', '$.null', '$') if self.careful else self.pick('$.list', '$.map', '$.names', '.', 'seq 1 3', 'split $.s ","', '$.missing', '$.null', '$', self.operand(1))
            names = self.pick([], [], ['$e'], ['$i', '$e'])
            self.variables += names
            leave = self.pick('', '', '', '{{break}}', '{{continue}}', '{{if .}}{{break}}{{end}}', '{{if eq $e 2}}{{continue}}{{end}}' if names else '')
            out = self.action('range ' + (', '.join(names) + ' := ' if names else '') + over) + self.body(depth) + leave + self.body(depth)
        else:
            self.blocks += 1
            if self.random.random() < 0.5:
                return '{{block "b%d" %s}}%s{{end}}' % (self.blocks, self.operand(1), self.without_variables(depth))
            return '{{template "%s" %s}}' % (self.pick('T', 'U', 'b1'), self.operand(1))
        if self.random.random() < 0.4:
            out += self.action('else') + self.body(depth)
        del self.variables[mark:]
        return out + self.action('end')

    def without_variables(self, depth):
        outer, self.variables = self.variables, ['$']
        out = self.body(depth)
        self.variables = outer
        return out

    def body(self, depth):
        mark = len(self.variables)
        out = ''
        for _ in range(self.random.randrange(3)):
            out += self.pick('', ' ', '\n', 'text', '  a\n  b\n', '}} ') + self.statement(depth + 1)
        del self.variables[mark:]
        return out + self.pick('', '.', '\n', ' x ')

    def template(self):
        self.variables, self.blocks, self.careful = ['$'], 0, self.random.random() < 0.7
        out = self.body(0) + self.statement(0) + self.body(0)
        for name in ('T', 'U'):
            if '"%s"' % name in out and self.random.random() < 0.8:
                out += '{{define "%s"}}%s{{end}}' % (name, self.without_variables(2))
        if not self.careful and self.random.random() < 0.5:
            out = self.damaged(out)
        return out

    def damaged(self, text):
        """With one piece lost, doubled or strange."""
        at = self.random.randrange(len(text) + 1)
        end = at + self.random.randrange(6)
        return text[:at] + self.pick('', text[at:end] * 2, '{{', '}}', '(', ')', '"', '|', ':', '$', '{{end}}', '{{else}}', '!', '\n', ',', '{{/*') + text[end:]


def later_go(template):
    """Whether a template has what only later versions of Go know, or what depends on a list's hidden capacity."""
    return re.search(r'else\s+with|\*|slice\s+(?!\$\.s\b)', template.replace('/*', '').replace('*/', '')) is not None


def answers(program, cases):
    text = ''.join(json.dumps(case) + '\n' for case in cases)
    done = subprocess.run(program, input=text.encode(), stdout=subprocess.PIPE, check=True, timeout=100)
    return [json.loads(line.decode('utf-8', 'replace'), strict=False) for line in done.stdout.split(b'\n') if line]


def line_of(error):
    found = re.match(r'template: [^:]*:(\d+)', error)
    return found and found.group(1)


def disagreement(go, ours):
    if bool(go['err']) != bool(ours['err']):
        return 'one of them fails'
    if go['err'] and line_of(go['err']) != line_of(ours['err']):
        return 'the lines of the errors differ'
    return 'the texts differ' if go['out'] != ours['out'] else None


def main():
    go = shutil.which('go')
    if not go or not os.path.exists(OURS):
        print('skipped: go_templates (no go on this machine; Debian: golang-go)')
        return 77
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    maker = Maker(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    cases = []
    while len(cases) < count:
        template = maker.template()
        if not later_go(template):
            cases.append({'template': template, 'data': maker.data()})
    with tempfile.TemporaryDirectory() as work:
        oracle = os.path.join(work, 'oracle')
        subprocess.run([go, 'build', '-o', oracle, os.path.join(HERE, 'go_templates', 'oracle.go')], check=True,
                       env=dict(os.environ, GOCACHE=os.environ.get('GOCACHE', os.path.join(tempfile.gettempdir(), 'avocet-go-cache')), GO111MODULE='off'))
        pairs = list(zip(cases, answers([oracle], cases), answers([OURS], cases)))
    # A range over a whole number is an error in Go before 1.22 only.
    pairs = [p for p in pairs if not re.search(r"range can't iterate over -?\d+$", p[1]['err'])]
    wrong = [(case, theirs, ours, why) for case, theirs, ours in pairs if (why := disagreement(theirs, ours))]
    errors = [p for p in pairs if p[1]['err']]
    for case, theirs, ours, why in wrong[:int(os.environ.get('SHOW', 5))]:
        print('== %s\n%s\n-- data %s' % (why, case['template'], json.dumps(case['data'])))
        for who, answer in (('Go', theirs), ('we', ours)):
            print('-- %s: %s%s' % (who, answer['err'], repr(bytes.fromhex(answer['out']))))
    other = [p for p in errors if p[1]['err'] != p[2]['err'] and p[2]['err']]
    if os.environ.get('SHOW'):
        for case, theirs, ours in other[:int(os.environ['SHOW'])]:
            print('-- message\n   Go %s\n   we %s' % (theirs['err'], ours['err']))
    print('%d templates: %d texts and %d errors; %d disagree; %d of the errors are worded differently' %
          (len(pairs), len(pairs) - len(errors), len(errors), len(wrong), len(other)))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
