#!/usr/bin/env python3
"""confgen with Debian's etcd as datastore: Calico's data model and flat keys, TLS, users, and everything that goes away
and comes back."""
import base64
import json
import os
import shutil
import signal
import time
import unittest
import urllib.error
import urllib.request

from kube_api import Api
from rendering import RenderingTest
from servers import NameServer, Relay, Server, free_ports, make_ca, wait
from support import main, needs_mounts

ETCD = shutil.which('etcd')
RESOURCES = '/calico/resources/v3/projectcalico.org/'


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Etcd:
    """One member, or a cluster of them; asked through the JSON gateway by its first living member."""

    def __init__(self, test, size=1, tls=None, relay=False, **options):
        self.test, self.tls, self.options, self.token = test, tls, options, None
        self.ports, self.peers = free_ports(size), free_ports(size)
        self.scheme = 'https' if tls else 'http'
        self.members = [None] * size
        self.dirs = [os.path.join(test.dir, 'etcd-%d' % port) for port in self.ports]
        for i in range(size):
            self.start(i)
        self.wait_ready()

    def url(self, i=0, host='127.0.0.1'):
        return '%s://%s:%d' % (self.scheme, host, self.ports[i])

    def urls(self):
        return ','.join(self.url(i) for i in range(len(self.ports)))

    def start(self, i=0):
        argv = [ETCD, '--name', 'm%d' % i, '--data-dir', self.dirs[i], '--log-level', 'error',
                '--listen-client-urls', self.url(i), '--advertise-client-urls', self.url(i),
                '--listen-peer-urls', 'http://127.0.0.1:%d' % self.peers[i],
                '--initial-advertise-peer-urls', 'http://127.0.0.1:%d' % self.peers[i],
                '--initial-cluster', ','.join('m%d=http://127.0.0.1:%d' % m for m in enumerate(self.peers))]
        for name, value in self.options.items():
            argv += ['--' + name.replace('_', '-'), str(value)]
        if self.tls:
            argv += ['--cert-file', self.tls.cert('server'), '--key-file', self.tls.key('server'),
                     '--trusted-ca-file', self.tls.ca, '--client-cert-auth']
        self.members[i] = Server(self.test, 'etcd%d' % i, argv)

    def stop(self, i=0, number=signal.SIGKILL):
        self.members[i].stop(number)

    def call(self, path, seconds=5, **body):
        context = self.tls.context() if self.tls else None
        headers = {'Authorization': self.token} if self.token else {}
        error = None
        for i, member in enumerate(self.members):
            if not member.alive():
                continue
            try:
                request = urllib.request.Request(self.url(i) + '/v3/' + path, json.dumps(body).encode(), headers)
                with urllib.request.urlopen(request, timeout=seconds, context=context) as answer:
                    return json.load(answer)
            except (urllib.error.URLError, OSError) as e:
                error = e
        raise error or OSError('no member is alive')

    def wait_ready(self):
        def ready():
            try:
                return self.call('kv/range', key=b64('x'))
            except OSError:
                return False
        wait(ready, 'etcd answers')

    def put(self, key, value):
        return int(self.call('kv/put', key=b64(key), value=b64(value))['header']['revision'])

    def put_all(self, pairs):
        pairs = list(pairs)
        for i in range(0, len(pairs), 100):
            self.call('kv/txn', success=[{'request_put': {'key': b64(k), 'value': b64(v)}} for k, v in pairs[i:i + 100]])

    def delete(self, key):
        return int(self.call('kv/deleterange', key=b64(key))['header']['revision'])

    def compact(self, revision):
        self.call('kv/compaction', revision=revision, physical=True)

    def leader(self):
        """The number of the member that leads."""
        for i, member in enumerate(self.members):
            try:
                status = self.call_one(i, 'maintenance/status') if member.alive() else {'header': {'member_id': None}}
            except OSError:
                continue
            if status['header']['member_id'] == status.get('leader'):
                return i
        return None

    def call_one(self, i, path):
        with urllib.request.urlopen(urllib.request.Request(self.url(i) + '/v3/' + path, b'{}'), timeout=5) as answer:
            return json.load(answer)

    def login(self, name, password):
        self.token = None
        self.token = self.call('auth/authenticate', name=name, password=password)['token']


def resource(plural, name, spec, **metadata):
    kind = {'bgppeers': 'BGPPeer', 'nodes': 'Node', 'bgpconfigurations': 'BGPConfiguration', 'ippools': 'IPPool'}[plural]
    return RESOURCES + plural + '/' + name, json.dumps({
        'kind': kind, 'apiVersion': 'projectcalico.org/v3', 'metadata': dict(metadata, name=name), 'spec': spec})


def peer(name, ip, asn=65001):
    return resource('bgppeers', name, {'peerIP': ip, 'asNumber': asn})


def node(name, address, **bgp):
    return resource('nodes', name, {'bgp': dict(bgp, ipv4Address=address)})


TEMPLATE = '''AS {{getv "/bgp/v1/global/as_num"}}
{{range gets "/bgp/v1/global/peer_v4/*"}}peer {{(json .Value).ip}} as {{(json .Value).as_num}}
{{end}}{{range ls "/bgp/v1/host"}}node {{.}}
{{end}}{{range gets "/ipam/v2/host/*/ipv4/block/*"}}block {{base .Key}}
{{end}}'''


@unittest.skipUnless(ETCD, 'no etcd on this machine (Debian: etcd-server)')
class EtcdTest(RenderingTest):
    def setUp(self):
        super().setUp()
        self.template(TEMPLATE, '["/bgp/v1", "/ipam"]')

    def test_objects_are_listed_and_changes_followed(self):
        etcd = Etcd(self)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24'), node('n10', '10.0.0.10/24'),
                      resource('bgpconfigurations', 'default', {'asNumber': 64600}),
                      ('/calico/ipam/v2/host/n1/ipv4/block/10.65.1.0-26', '{"state":"confirmed","deleted":false}'),
                      ('/calico/ipam/v2/host/n1/ipv4/block/10.65.2.0-26', ''),
                      ('/calico/ipam/v2/host/n1/ipv4/block/10.65.3.0-26', '{"state":"pending"}'),
                      ('/calico/ipam/v2/host/n10/ipv4/block/10.65.4.0-26', '{"state":"confirmed"}')])
        confgen = self.confgen('--store', 'etcd:' + etcd.url())
        self.comes('AS 64600\npeer 192.0.2.1 as 65001\nnode n1\nnode n10\nblock 10.65.1.0-26\nblock 10.65.2.0-26\n')
        self.assertNotIn('10.65.3.0', self.text(), 'a pending affinity counts as absent')
        self.assertNotIn('10.65.4.0', self.text(), "n10's blocks are not n1's")
        etcd.put(*peer('p2', '192.0.2.2', 65002))
        self.comes('peer 192.0.2.2 as 65002')
        etcd.put(*peer('p2', '192.0.2.3', 65002))
        self.comes('peer 192.0.2.3 as 65002')
        etcd.delete(RESOURCES + 'bgppeers/p2')
        self.goes('192.0.2.3')
        self.assertEqual(confgen.stop(), 0, 'SIGTERM ends it while it waits')

    def test_the_keys_are_those_of_the_same_objects_as_yaml(self):
        etcd = Etcd(self)
        os.mkdir(self.dir + '/yaml')
        for i, (key, value) in enumerate([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24', asNumber='1.10'),
                                          resource('ippools', 'pool', {'cidr': '10.65.0.0/16', 'ipipMode': 'Always'})]):
            etcd.put(key, value)
            with open('%s/yaml/%d.json' % (self.dir, i), 'w') as f:
                f.write(value)
        from_etcd, from_yaml = (self.ask('keys', '--store', s) for s in ('etcd:' + etcd.url(), 'yaml:' + self.dir + '/yaml'))
        self.assertEqual(from_yaml.returncode, 0, from_yaml.stdout)
        self.assertEqual([line for line in from_etcd.stdout.splitlines() if line.startswith('/')], from_yaml.stdout.splitlines())

    def test_more_objects_than_a_page_holds_are_of_one_revision(self):
        etcd = Etcd(self)
        etcd.put_all(node('n%d' % i, '10.1.%d.%d/16' % divmod(i, 250)) for i in range(2500))
        keys = self.ask('keys', '--store', 'etcd:' + etcd.url()).stdout
        self.assertEqual(keys.count('/ip_addr_v4 '), 2500)

    @needs_mounts
    def test_the_records_of_a_domain_are_asked_again_when_none_of_the_members_answers(self):
        first, second = Etcd(self), Etcd(self)
        for etcd, n in ((first, 1), (second, 2)):
            etcd.put_all([peer('p%d' % n, '192.0.2.%d' % n), node('n1', '10.0.0.1/24')])
        names = NameServer(self, {'_etcd-client._tcp.lab.example': [(first.ports[0], 'localhost')]})
        with open(self.dir + '/resolv.conf', 'w') as f:
            f.write('nameserver %s\noptions timeout:1 attempts:1\n' % names.address)
        argv = ['unshare', '-m', 'sh', '-c', 'mount --bind %s/resolv.conf /etc/resolv.conf && exec "$@"' % self.dir, 'sh', *self.argv()]
        confgen = Server(self, 'confgen', argv, env={'ETCD_DISCOVERY_SRV': 'lab.example'})
        self.comes('192.0.2.1')
        names.records = {'_etcd-client._tcp.lab.example': [(second.ports[0], 'localhost')]}
        first.stop()
        self.comes('192.0.2.2')
        self.goes('192.0.2.1')
        self.assertIn('the SRV records of lab.example now name http://localhost:%d' % second.ports[0], confgen.log())

    def test_a_value_that_is_no_json_leaves_the_object_as_it_was(self):
        etcd = Etcd(self)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        confgen = self.confgen('--store', 'etcd:' + etcd.url())
        self.comes('192.0.2.1')
        etcd.put(RESOURCES + 'bgppeers/p1', '{"spec": ')
        wait(lambda: "bgppeers/p1: error: BGPPeer 'p1': is not JSON" in confgen.log(), confgen.log)
        etcd.put(*peer('p2', '192.0.2.2'))
        self.comes('192.0.2.2')
        self.assertIn('192.0.2.1', self.text())

    def test_a_filter_that_was_no_json_from_the_start_lets_no_route_pass(self):
        etcd = Etcd(self)
        etcd.put_all([(RESOURCES + 'bgpfilters/f', '{"spec": '), node('n1', '10.0.0.1/24')])
        self.template('{{range bgpFilterBIRDFuncs (gets "/resources/v3/projectcalico.org/bgpfilters/*") 4}}{{.}}\n{{end}}',
                      '["/resources"]')
        confgen = self.confgen('--store', 'etcd:' + etcd.url())
        self.comes("function 'bgp_f_importFilterV4'() {\n  if ((net ~ 0.0.0.0/0)) then { reject; }\n}")
        self.assertIn('no route passes where it is named', confgen.log())

    def test_wrong_members_are_told_with_the_key(self):
        etcd = Etcd(self)
        etcd.put_all([peer('p1', '192.0.2.500'), node('n1', '10.0.0.1/24')])
        checked = self.ask('check', '--store', 'etcd:' + etcd.url())
        self.assertEqual(checked.returncode, 1)
        self.assertIn('etcd:%sbgppeers/p1: error: BGPPeer \'p1\': spec.peerIP' % RESOURCES, checked.stdout)

    def test_flat_keys_serve_templates_that_know_nothing_of_calico(self):
        etcd = Etcd(self)
        etcd.put_all([('/app/upstream/a', '10.0.0.1:80'), ('/app/upstream/b', '10.0.0.2:80'), ('/other', 'x')])
        self.template('{{range getvs "/upstream/*"}}server {{.}};\n{{end}}', '["/upstream"]', '/app')
        self.confgen('--store', 'etcd-keys:' + etcd.url())
        self.comes('server 10.0.0.1:80;\nserver 10.0.0.2:80;\n')
        etcd.put('/app/upstream/c', '10.0.0.3:80')
        self.comes('server 10.0.0.3:80;')
        etcd.delete('/app/upstream/a')
        self.goes('10.0.0.1')
        keys = self.ask('keys', '--store', 'etcd-keys:' + etcd.url(), '--prefix', '/app').stdout
        self.assertIn('/app/upstream/b 10.0.0.2:80\n', keys)
        self.assertNotIn('/other', keys)

    def test_nothing_is_rendered_before_the_datastore_was_read_wholly(self):
        etcd = Etcd(self)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        etcd.stop()
        confgen = self.confgen('--store', 'etcd:' + etcd.url())
        wait(lambda: 'nothing is rendered' in confgen.log(), confgen.log)
        time.sleep(1)
        self.assertEqual(self.text(), '')
        etcd.start()
        self.comes('192.0.2.1')
        self.assertIn('etcd: back after=', wait(lambda: 'back' in confgen.log() and confgen.log(), confgen.log))

    def test_one_look_at_a_dead_datastore_fails_and_says_why(self):
        etcd = Etcd(self)
        etcd.stop()
        shown = self.ask('keys', '--store', 'etcd:' + etcd.url())
        self.assertEqual(shown.returncode, 1)
        self.assertRegex(shown.stdout, r'was not read within 30 s: http://127.0.0.1:%d: connect: Connection refused' % etcd.ports[0])

    def test_a_restart_is_told_in_two_lines_and_loses_nothing(self):
        etcd = Etcd(self)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        confgen = self.confgen('--store', 'etcd:' + etcd.url())
        self.comes('192.0.2.1')
        etcd.stop()
        wait(lambda: 'warn  etcd:' in confgen.log(), confgen.log)
        time.sleep(2)
        self.assertIn('192.0.2.1', self.text(), 'the last good configuration stays')
        etcd.start()
        etcd.wait_ready()
        etcd.put(*peer('p2', '192.0.2.2'))
        self.comes('192.0.2.2')
        wait(lambda: 'info  etcd: back after=' in confgen.log(), confgen.log)
        story = [line for line in confgen.log().splitlines() if ' etcd: ' in line]
        self.assertEqual([line.split()[0] for line in story], ['info', 'warn', 'info'], confgen.log())

    def test_a_change_during_an_outage_is_found_afterwards(self):
        etcd = Etcd(self)
        relay = Relay(self, etcd.ports[0])
        etcd.put_all([peer('p1', '192.0.2.1'), peer('p2', '192.0.2.2'), node('n1', '10.0.0.1/24')])
        confgen = self.confgen('--store', 'etcd:http://127.0.0.1:%d' % relay.port)
        self.comes('192.0.2.2')
        relay.cut()
        etcd.put(*peer('p3', '192.0.2.3'))
        etcd.delete(RESOURCES + 'bgppeers/p2')
        time.sleep(0.5)
        relay.restore()
        self.comes('192.0.2.3')
        self.goes('192.0.2.2')
        wait(lambda: 'changes=2' in confgen.log(), confgen.log)
        self.assertEqual(confgen.log().count('listed keys='), 1, 'the watch goes on where it was')

    def test_a_compaction_during_an_outage_costs_a_list_and_only_what_differs_is_a_change(self):
        etcd = Etcd(self)
        relay = Relay(self, etcd.ports[0])
        etcd.put_all([peer('p%d' % i, '192.0.2.%d' % i) for i in range(1, 100)] + [node('n1', '10.0.0.1/24')])
        confgen = self.confgen('--store', 'etcd:http://127.0.0.1:%d' % relay.port)
        self.comes('192.0.2.99')
        relay.cut()
        etcd.put(*peer('p3', '198.51.100.3'))
        etcd.delete(RESOURCES + 'bgppeers/p2')
        revision = etcd.put(*peer('p200', '192.0.2.200'))
        etcd.compact(revision)
        relay.restore()
        self.comes('192.0.2.200')
        self.comes('198.51.100.3')
        self.goes('peer 192.0.2.2 ')
        wait(lambda: 'changes=3' in confgen.log(), confgen.log)

    def test_an_etcd_that_lost_its_data_is_believed(self):
        etcd = Etcd(self)
        for i in range(20):
            etcd.put(*peer('p1', '192.0.2.%d' % (i + 1)))
        etcd.put(*node('n1', '10.0.0.1/24'))
        self.confgen('--store', 'etcd:' + etcd.url())
        self.comes('192.0.2.20')
        etcd.stop()
        shutil.rmtree(etcd.dirs[0])
        etcd.start()
        etcd.wait_ready()
        etcd.put(*peer('p9', '198.51.100.9'))
        self.comes('198.51.100.9')
        self.goes('192.0.2.20')

    def test_the_loss_of_the_leader_of_three_members_stops_no_change(self):
        etcd = Etcd(self, size=3)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        self.confgen('--store', 'etcd:' + etcd.urls())
        self.comes('192.0.2.1')
        for i in (2, 3):
            leader = wait(lambda: (etcd.leader() is not None) and [etcd.leader()], 'one leads')[0]
            etcd.stop(leader)
            wait(lambda: self.try_put(etcd, *peer('p%d' % i, '192.0.2.%d' % i)), 'another member leads')
            self.comes('192.0.2.%d' % i)
            etcd.start(leader)

    def try_put(self, etcd, key, value):
        try:
            return etcd.put(key, value)
        except OSError:
            return None

    def test_a_member_without_its_cluster_is_left_for_another(self):
        etcd = Etcd(self, size=3, election_timeout=500, heartbeat_interval=50)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        lonely = (wait(lambda: (etcd.leader() is not None) and [etcd.leader()], 'one leads')[0] + 1) % 3
        others = [i for i in range(3) if i != lonely]
        # confgen knows the lonely member and, second, one that is alive again later.
        self.confgen('--store', 'etcd:' + etcd.url(lonely) + ',' + etcd.url(others[0]))
        self.comes('192.0.2.1')
        for i in others:
            etcd.stop(i)
        time.sleep(2)
        etcd.stop(lonely, signal.SIGSTOP)
        self.addCleanup(lambda: etcd.members[lonely].send(signal.SIGCONT))
        for i in others:
            etcd.start(i)
        wait(lambda: self.ask_member(etcd, others[0]), 'two members form the cluster')
        self.comes('192.0.2.2', 45)

    def ask_member(self, etcd, i):
        key, value = peer('p2', '192.0.2.2')
        try:
            request = urllib.request.Request(etcd.url(i) + '/v3/kv/put', json.dumps({'key': b64(key), 'value': b64(value)}).encode())
            return urllib.request.urlopen(request, timeout=5)
        except OSError:
            return None

    def test_tls_needs_the_right_authority_a_certificate_of_ours_and_the_right_name(self):
        ca = make_ca(self.dir + '/ca', server='IP:127.0.0.1,DNS:etcd.example', client='DNS:confgen')
        other = make_ca(self.dir + '/other', server='DNS:x')
        etcd = Etcd(self, tls=ca)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        mine = ['--etcd-cert', ca.cert('client'), '--etcd-key', ca.key('client')]
        store = ['--store', 'etcd:' + etcd.url()]
        self.assertIn('192.0.2.1', self.ask('keys', *store, '--etcd-ca', ca.ca, *mine).stdout)
        for flags, why in [(['--etcd-ca', other.ca, *mine], 'the server\'s certificate is refused: '),
                           (mine, 'the server\'s certificate is refused: '),
                           (['--etcd-ca', ca.ca, '--etcd-server-name', 'wrong.example', *mine], "it is not for 'wrong.example'"),
                           (['--etcd-ca', ca.ca], etcd.url()),
                           (['--etcd-ca', self.dir + '/missing.pem', *mine], 'missing.pem: cannot read: No such file'),
                           (['--etcd-ca', ca.ca, '--etcd-cert', ca.cert('client'), '--etcd-key', ca.key('server')], 'server.key: not usable: key values mismatch')]:
            with self.subTest(why=why):
                confgen = self.confgen(*store, *flags)
                wait(lambda: why in confgen.log(), confgen.log)
                confgen.stop()
                self.assertEqual(self.text(), '')
        named = self.ask('keys', *store, '--etcd-ca', ca.ca, '--etcd-server-name', 'etcd.example', *mine).stdout
        self.assertIn('192.0.2.1', named)

    def users(self, etcd):
        call = etcd.call
        call('auth/user/add', name='root', password='toor')
        call('auth/user/grant', user='root', role='root')
        call('auth/user/add', name='reader', password='s3cret!pass')
        call('auth/role/add', name='reads')
        call('auth/role/grant', name='reads', perm={'permType': 'READ', 'key': b64('/calico/'), 'range_end': b64('/calico0')})
        call('auth/user/grant', user='reader', role='reads')
        call('auth/enable')
        etcd.login('root', 'toor')

    def test_a_user_logs_in_and_stays_so_beyond_the_life_of_a_token(self):
        etcd = Etcd(self, auth_token_ttl=2)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        self.users(etcd)
        relay = Relay(self, etcd.ports[0])
        env = {'ETCD_USERNAME': 'reader', 'ETCD_PASSWORD': 's3cret!pass'}
        confgen = self.confgen('--store', 'etcd:http://127.0.0.1:%d' % relay.port, **env)
        self.comes('192.0.2.1')
        time.sleep(4)  # tokens have expired
        relay.drop()
        etcd.login('root', 'toor')
        etcd.put(*peer('p2', '192.0.2.2'))
        self.comes('192.0.2.2')
        # A change of the users voids all tokens.
        etcd.login('root', 'toor')
        etcd.call('auth/user/add', name='more', password='x')
        relay.drop()
        etcd.login('root', 'toor')
        etcd.put(*peer('p3', '192.0.2.3'))
        self.comes('192.0.2.3')
        self.assertNotIn('s3cret', confgen.log())

    def test_a_wrong_password_is_told_without_the_password(self):
        etcd = Etcd(self)
        etcd.put(*node('n1', '10.0.0.1/24'))
        self.users(etcd)
        with open(self.dir + '/password', 'w') as f:
            f.write('wr0ng!\n')
        for flags, why in [(['--etcd-user', 'reader', '--etcd-password-file', self.dir + '/password'], "user 'reader': etcdserver: authentication failed"),
                           ([], 'etcd asks for a user: give ETCD_USERNAME and ETCD_PASSWORD')]:
            confgen = self.confgen('--store', 'etcd:' + etcd.url(), *flags)
            wait(lambda: why in confgen.log(), confgen.log)
            confgen.stop()
            self.assertNotIn('wr0ng', confgen.log())
        # A user who may not read what confgen needs.
        with open(self.dir + '/password', 'w') as f:
            f.write('s3cret!pass\n')
        etcd.call('auth/role/revoke', role='reads', key=b64('/calico/'), range_end=b64('/calico0'))
        confgen = self.confgen('--store', 'etcd:' + etcd.url(), '--etcd-user', 'reader', '--etcd-password-file', self.dir + '/password')
        wait(lambda: "permission denied (user 'reader' needs to read" in confgen.log(), confgen.log)

    def test_the_connection_is_told_as_calico_tells_it(self):
        etcd = Etcd(self)
        etcd.put_all([peer('p1', '192.0.2.1'), node('n1', '10.0.0.1/24')])
        shown = self.ask('keys', DATASTORE_TYPE='etcdv3', ETCD_ENDPOINTS=etcd.url())
        self.assertIn('192.0.2.1', shown.stdout)
        config = self.dir + '/calicoctl.cfg'
        with open(config, 'w') as f:
            f.write('apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata:\nspec:\n'
                    '  datastoreType: etcdv3\n  etcdEndpoints: %s\n' % etcd.url())
        self.assertIn('192.0.2.1', self.ask('keys', '--calicoconfig', config).stdout)

    def test_beside_etcd_kubernetes_gives_the_secrets_and_services(self):
        etcd = Etcd(self)
        etcd.put_all([node('n1', '10.0.0.1/24'),
                      resource('bgppeers', 'p1', {'peerIP': '192.0.2.1', 'asNumber': 65001,
                                                  'password': {'secretKeyRef': {'name': 'bgp', 'key': 'key'}}}),
                      resource('bgpconfigurations', 'default', {'serviceClusterIPs': [{'cidr': '10.96.0.0/12'}]})])
        api = Api(self)
        api.put('/api/v1/secrets', 'bgp', 'kube-system', data={'key': b64('hidden')})
        api.put('/api/v1/services', 's', 'default', spec={'type': 'NodePort', 'clusterIP': '10.96.0.10', 'externalTrafficPolicy': 'Local'})
        api.put('/apis/discovery.k8s.io/v1/endpointslices', 's-abc', 'default', addressType='IPv4',
                endpoints=[{'addresses': ['10.65.0.1'], 'nodeName': 'n1'}], metadata={'labels': {'kubernetes.io/service-name': 's'}})
        shown = self.ask('keys', '--store', 'etcd:' + etcd.url(), K8S_API_ENDPOINT=api.url).stdout
        self.assertIn('"password":"hidden"', shown)
        self.assertIn('/calico/staticroutes/10.96.0.10-32 ', shown)
        self.assertEqual(api.asked('/api/v1/nodes'), [], 'objects are in etcd')

    def test_wrong_settings_are_told_with_their_name(self):
        config = self.dir + '/calicoctl.cfg'
        with open(config, 'w') as f:
            f.write('kind: CalicoAPIConfig\nspec: {datastoreType: etcdv2}\n')
        for flags, env, why in [
                ([], {}, 'no datastore: give --store, or set DATASTORE_TYPE'),
                ([], {'DATASTORE_TYPE': 'consul'}, "DATASTORE_TYPE is 'consul': expected etcdv3 or kubernetes"),
                ([], {'DATASTORE_TYPE': 'etcdv3'}, 'ETCD_ENDPOINTS names no endpoint'),
                ([], {'ETCD_ENDPOINTS': 'localhost:2379'}, "ETCD_ENDPOINTS: 'localhost:2379' is no URL of the form"),
                ([], {'ETCD_ENDPOINTS': 'http://h:99999'}, "'http://h:99999' has a port that is not a number"),
                ([], {'ETCD_ENDPOINTS': 'http://h', 'ETCD_DISCOVERY_SRV': 'x'}, 'ETCD_ENDPOINTS and ETCD_DISCOVERY_SRV exclude each other'),
                ([], {'ETCD_DISCOVERY_SRV': 'x.invalid.', 'RES_OPTIONS': 'timeout:1 attempts:1'},
                 'ETCD_DISCOVERY_SRV: the name service has no SRV records _etcd-client-ssl._tcp.x.invalid or _etcd-client._tcp.x.invalid'),
                ([], {'ETCD_ENDPOINTS': 'http://h', 'ETCD_USERNAME': 'u'}, 'a user needs a password'),
                ([], {'ETCD_ENDPOINTS': 'http://h', 'ETCD_CERT_FILE': '/c'}, 'a client certificate needs its key'),
                (['--calicoconfig', config], {}, "calicoctl.cfg: spec.datastoreType is 'etcdv2'"),
                (['--store', 'consul:x'], {}, "--store 'consul:x': expected yaml:DIR")]:
            with self.subTest(why=why):
                shown = self.ask('keys', *flags, **env)
                self.assertEqual(shown.returncode, 1)
                self.assertIn(why, shown.stdout)

    def test_a_file_of_yaml_serves_as_flat_keys(self):
        with open(self.dir + '/data.yaml', 'w') as f:
            f.write('app:\n  on: true\n  port: 80\n  list: [a, b]\n  none: null\n')
        self.template('{{getv "/port"}} {{getv "/on"}} {{range getvs "/list/*"}}{{.}} {{end}}{{exists "/none"}}', '["/"]', '/app')
        self.confgen('--store', 'file:' + self.dir + '/data.yaml')
        self.comes('80 true a b false')
        with open(self.dir + '/new', 'w') as f:
            f.write('app: {on: false, port: 81, list: []}')
        os.rename(self.dir + '/new', self.dir + '/data.yaml')
        self.comes('81 false false')


if __name__ == '__main__':
    main()
