#!/usr/bin/env python3
"""confgen with the Kubernetes API as datastore, judged against a small API server that keeps to its rules."""
import base64
import json
import os
import subprocess
import time
import unittest

from kube_api import CRD, Api
from rendering import RenderingTest
from servers import make_ca, wait
from support import main, needs_mounts

PEER = '''AS {{getv "/bgp/v1/global/as_num"}}
{{range gets "/bgp/v1/global/peer_v4/*"}}peer {{(json .Value).ip}} as {{(json .Value).as_num}} password {{(json .Value).password}}
{{end}}{{range ls "/bgp/v1/host"}}node {{.}} {{getv (printf "/bgp/v1/host/%s/ip_addr_v4" .)}}
{{end}}{{range gets "/ipam/v2/host/*/ipv4/block/*"}}block {{base .Key}}
{{end}}'''


class KubeTest(RenderingTest):
    def setUp(self):
        super().setUp()
        self.template(PEER, '["/bgp/v1", "/ipam"]')

    def kubeconfig(self, api, name='kubeconfig', cluster=None, **user):
        path = self.dir + '/' + name
        with open(path, 'w') as f:
            json.dump({'kind': 'Config', 'current-context': 'c', 'contexts': [{'name': 'c', 'context': {'cluster': 'k', 'user': 'u'}}],
                       'clusters': [{'name': 'k', 'cluster': dict(cluster or {}, server=api.url)}],
                       'users': [{'name': 'u', 'user': user}]}, f)
        return path

    def small(self, **kw):
        api = Api(self, **kw)
        api.node('n1', IPv4Address='10.0.0.1/24')
        api.crd('bgppeers', 'p1', {'peerIP': '192.0.2.1', 'asNumber': 65001})
        return api

    def start(self, api, **env):
        return self.confgen('--store', 'kube:' + self.kubeconfig(api), **env)

    def peer(self, api, n):
        api.crd('bgppeers', 'p%d' % n, {'peerIP': '192.0.2.%d' % n, 'asNumber': 65001})

    def test_custom_resources_and_nodes_make_calicos_keys(self):
        api = self.small()
        api.node('n2', IPv4Address='10.0.0.2/24', IPv6Address='fd00::2/64', ASNumber='64999', RouteReflectorClusterID='244.0.0.1',
                 labels={'rack': 'b'})
        api.node('n3')
        api.crd('bgpconfigurations', 'default', {'asNumber': 64600})
        api.crd('ippools', 'pool', {'cidr': '10.65.0.0/16', 'ipipMode': 'Always'})
        for node, cidr, state in [('n1', '10.65.1.0/26', 'confirmed'), ('n1', '10.65.2.0/26', 'pending'), ('n2', '10.65.3.0/26', 'confirmed')]:
            api.crd('blockaffinities', '%s-%s' % (node, cidr.replace('.', '-').replace('/', '-')),
                    {'node': node, 'cidr': cidr, 'state': state, 'deleted': 'false'})
        shown = self.ask('keys', '--store', 'kube:' + self.kubeconfig(api))
        keys = dict(line.split(' ', 1) if ' ' in line else (line, '') for line in shown.stdout.splitlines() if line.startswith('/'))
        for key, value in {'/calico/bgp/v1/global/as_num': '64600', '/calico/bgp/v1/host/n1/ip_addr_v4': '10.0.0.1',
                           '/calico/bgp/v1/host/n2/as_num': '64999', '/calico/bgp/v1/host/n2/ip_addr_v6': 'fd00::2',
                           '/calico/bgp/v1/host/n2/rr_cluster_id': '244.0.0.1', '/calico/bgp/v1/host/n3/ip_addr_v4': ''}.items():
            self.assertEqual(keys.get(key, 'absent'), value, key)
        self.assertIn('/calico/v1/ipam/v4/pool/10.65.0.0-16', keys)
        self.assertEqual([k for k in keys if '/block/' in k], ['/calico/ipam/v2/host/n1/ipv4/block/10.65.1.0-26'])

    def test_labels_of_calico_and_of_kubernetes_are_merged(self):
        api = self.small()
        api.put('/api/v1/nodes', 'n1', metadata={'labels': {'rack': 'a', 'both': 'kubernetes'}, 'annotations': {
            'projectcalico.org/IPv4Address': '10.0.0.1/24', 'projectcalico.org/labels': '{"role": "rr", "both": "calico"}'}})
        api.crd('bgppeers', 'p1', {'peerIP': '192.0.2.1', 'asNumber': 65001,
                                   'nodeSelector': "role == 'rr' && rack == 'a' && both == 'kubernetes'"})
        self.assertIn('/calico/bgp/v1/host/n1/peer_v4/192.0.2.1 ', self.ask('keys', '--store', 'kube:' + self.kubeconfig(api)).stdout)

    def test_a_wrong_annotation_is_ignored_and_told(self):
        api = self.small()
        api.node('n1', IPv4Address='10.0.0.1/24', IPv6Address='fd00::x', ASNumber='abc')
        shown = self.ask('keys', '--store', 'kube:' + self.kubeconfig(api)).stdout
        self.assertIn("Node 'n1': warning: annotation projectcalico.org/IPv6Address is 'fd00::x': expected an IPv6 address", shown)
        self.assertIn("annotation projectcalico.org/ASNumber is 'abc'", shown)
        self.assertIn('/calico/bgp/v1/host/n1/ip_addr_v4 10.0.0.1', shown)

    def test_changes_are_followed(self):
        api = self.small()
        confgen = self.start(api)
        self.comes('peer 192.0.2.1 as 65001')
        self.peer(api, 2)
        self.comes('peer 192.0.2.2')
        api.delete(CRD + 'bgppeers', 'p1')
        self.goes('192.0.2.1')
        time.sleep(0.5)  # the log follows the file
        installed = confgen.log().count('installed')
        api.node('n1', IPv4Address='10.0.0.1/24')
        time.sleep(0.5)
        self.assertEqual(confgen.log().count('installed'), installed, 'a heartbeat of a node is no change')
        self.assertEqual(confgen.stop(), 0)

    def test_a_long_list_comes_in_pages(self):
        api = self.small()
        for i in range(1200):
            api.node('m%d' % i, IPv4Address='10.1.%d.%d/16' % divmod(i, 250))
        shown = self.ask('keys', '--store', 'kube:' + self.kubeconfig(api)).stdout
        self.assertEqual(shown.count('/ip_addr_v4 '), 1201)
        self.assertEqual(len(api.asked('/api/v1/nodes', watch=False)), 3)

    def test_a_dropped_watch_goes_on_where_it_was(self):
        api = self.small()
        confgen = self.start(api)
        self.comes('192.0.2.1')
        wait(lambda: len(api.asked(CRD + 'bgppeers', watch=True)) == 1, 'the watch')
        lists = len(api.asked(CRD + 'bgppeers', watch=False))
        for n in (2, 3):
            api.drop()
            self.peer(api, n)
            self.comes('192.0.2.%d' % n)
        self.assertEqual(len(api.asked(CRD + 'bgppeers', watch=False)), lists, 'no list was needed')
        wait(lambda: 'info  kubernetes: back after=' in confgen.log(), confgen.log)

    def test_bookmarks_keep_a_quiet_watch_young(self):
        api = self.small()
        self.start(api)
        self.comes('192.0.2.1')
        self.peer(api, 2)
        self.comes('192.0.2.2')
        for i in range(50):
            api.put('/api/v1/services', 's%d' % i, 'default')
        time.sleep(1)  # bookmarks come
        api.compact()
        lists = len(api.asked('/api/v1/nodes', watch=False))
        api.drop()
        self.peer(api, 3)
        self.comes('192.0.2.3')
        self.assertEqual(len(api.asked('/api/v1/nodes', watch=False)), lists, 'nodes were quiet, and are not listed again')

    def test_a_version_that_is_gone_costs_a_list_and_deletions_are_found(self):
        for i in range(2):  # 410 as the answer, and as an event
            with self.subTest(i=i):
                api = self.small()
                api.bookmarks = 1000
                self.peer(api, 2)
                if i:
                    self.peer(api, 2)
                confgen = self.start(api)
                self.comes('192.0.2.2')
                wait(lambda: len(api.asked(CRD + 'bgppeers', watch=True)) == 1, 'the watch')
                api.faults = [(500, {})] * 12  # nobody gets in while things change
                api.drop()
                api.delete(CRD + 'bgppeers', 'p1')
                self.peer(api, 3)
                api.compact()
                api.faults = []
                self.comes('192.0.2.3')
                self.goes('192.0.2.1')
                confgen.stop()
                os.remove(self.out)

    def test_an_outage_is_two_lines_and_keeps_the_configuration(self):
        api = self.small()
        confgen = self.start(api)
        self.comes('192.0.2.1')
        wait(lambda: len(api.asked(CRD + 'blockaffinities', watch=True)) == 1, 'the watches')
        api.close()
        wait(lambda: 'warn  kubernetes:' in confgen.log(), confgen.log)
        time.sleep(2)
        self.assertIn('192.0.2.1', self.text())
        again = Api(self, port=api.port)
        again.objects, again.version = api.objects, api.version
        self.peer(again, 2)
        self.comes('192.0.2.2', 40)
        wait(lambda: 'back after=' in confgen.log(), confgen.log)
        story = [line for line in confgen.log().splitlines() if ' kubernetes: ' in line]
        self.assertEqual(len(story), 2, story)

    def test_errors_of_the_server_are_told_and_waited_out(self):
        for code, words in [(500, 'status 500: put in by the test'), (429, 'status 429'), (503, 'status 503')]:
            with self.subTest(code=code):
                api = self.small()
                api.faults = [(code, {'Retry-After': '1'})] * 6
                confgen = self.start(api)
                wait(lambda: words in confgen.log(), confgen.log)
                self.assertIn('nothing is rendered before all of it was read', confgen.log())
                self.comes('192.0.2.1')
                confgen.stop()
                os.remove(self.out)

    def test_what_the_role_lacks_is_named(self):
        api = self.small()
        api.forbidden.add(CRD + 'ippools')
        confgen = self.start(api)
        wait(lambda: 'the role needs get, list and watch of ippools.crd.projectcalico.org' in confgen.log(), confgen.log)
        self.assertEqual(self.text(), '', 'a part of the datastore is not rendered')
        api.forbidden.clear()
        self.comes('192.0.2.1')

    def test_a_kind_that_is_not_installed_has_no_objects(self):
        api = self.small()
        api.unserved.add(CRD + 'bgpfilters')
        self.start(api)
        self.comes('192.0.2.1')

    def test_a_kind_that_vanishes_keeps_its_objects(self):
        api = self.small()
        confgen = self.start(api)
        self.comes('192.0.2.1')
        wait(lambda: len(api.asked(CRD + 'bgppeers', watch=True)) == 1, 'the watch')
        api.unserved.add(CRD + 'bgppeers')
        api.drop()
        wait(lambda: 'closed in the middle' in confgen.log(), confgen.log)
        api.crd('bgpconfigurations', 'default', {'asNumber': 64600})
        self.comes('AS 64600')
        self.assertIn('192.0.2.1', self.text())

    def test_a_token_is_read_again_from_its_file(self):
        api = self.small(token='one')
        with open(self.dir + '/token', 'w') as f:
            f.write('one\n')
        confgen = self.confgen('--store', 'kube:' + self.kubeconfig(api, tokenFile='token'))
        self.comes('192.0.2.1')
        api.token = 'two'
        api.drop()
        wait(lambda: 'closed in the middle' in confgen.log(), confgen.log)
        with open(self.dir + '/token', 'w') as f:
            f.write('two\n')
        self.peer(api, 2)
        self.comes('192.0.2.2')
        self.assertNotIn('two', confgen.log().replace(self.dir, ''))

    def test_tls_checks_the_server_and_takes_certificates_from_the_file(self):
        ca = make_ca(self.dir + '/ca', server='IP:127.0.0.1', client='DNS:confgen')
        other = make_ca(self.dir + '/other', server='DNS:x')
        api = self.small(tls=ca, token='t')
        data = lambda path: base64.b64encode(open(path, 'rb').read()).decode()  # noqa: E731
        good = self.kubeconfig(api, cluster={'certificate-authority-data': data(ca.ca)}, token='t',
                               **{'client-certificate-data': data(ca.cert('client')), 'client-key': 'ca/client.key'})
        shown = self.ask('keys', '--store', 'kube:' + good).stdout
        self.assertIn('192.0.2.1', shown)
        bad = self.kubeconfig(api, 'bad', cluster={'certificate-authority': 'other/ca.pem'}, token='t')
        confgen = self.confgen('--store', 'kube:' + bad)
        wait(lambda: "the server's certificate is refused" in confgen.log(), confgen.log)
        self.assertEqual(self.text(), '')
        careless = self.kubeconfig(api, 'careless', cluster={'insecure-skip-tls-verify': True}, token='t')
        self.assertIn('192.0.2.1', self.ask('keys', '--store', 'kube:' + careless).stdout)

    def plugin(self, **status):
        """A program that gives credentials; what it was told comes into the file `told`, and what it gives can be changed."""
        self.gives(**status)
        with open(self.dir + '/plugin', 'w') as f:
            f.write('#!/bin/sh\necho "$KUBERNETES_EXEC_INFO $FLAVOUR $*" >> %s/told\necho noise >&2\ncat %s/gives\n' % (self.dir, self.dir))
        os.chmod(self.dir + '/plugin', 0o755)
        return {'exec': {'apiVersion': 'client.authentication.k8s.io/v1', 'command': './plugin', 'args': ['get', 'token'],
                         'env': [{'name': 'FLAVOUR', 'value': 'sweet'}], 'interactiveMode': 'IfAvailable', 'provideClusterInfo': True}}

    def gives(self, **status):
        with open(self.dir + '/gives.new', 'w') as f:
            json.dump({'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential', 'status': status}, f)
        os.rename(self.dir + '/gives.new', self.dir + '/gives')

    def told(self):
        with open(self.dir + '/told') as f:
            return f.read().splitlines()

    def test_a_program_gives_the_token_and_is_asked_again_when_the_server_refuses_it(self):
        api = self.small(token='one')
        confgen = self.confgen('--store', 'kube:' + self.kubeconfig(api, **self.plugin(token='one')))
        self.comes('192.0.2.1')
        self.assertEqual(len(self.told()), 1, 'a token without an end is asked for once')
        info, rest = json.JSONDecoder().raw_decode(self.told()[0])
        self.assertEqual(self.told()[0][rest:], ' sweet get token')
        self.assertEqual(info, {'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential',
                                'spec': {'interactive': False, 'cluster': {'server': api.url}}})
        self.gives(token='two')
        api.token = 'two'
        api.drop()
        self.peer(api, 2)
        self.comes('192.0.2.2')
        self.assertGreater(len(self.told()), 1)
        self.assertNotIn('two', confgen.log().replace(self.dir, ''))

    def test_what_a_cluster_has_to_say_to_such_programs_is_handed_on(self):
        api = self.small(token='one')
        says = {'audience': '06e3fbd1', 'retries': 3, 'names': ['a', 'b']}
        cluster = {'extensions': [{'name': 'someone.example/else', 'extension': 1}, {'name': 'client.authentication.k8s.io/exec', 'extension': says}]}
        self.confgen('--store', 'kube:' + self.kubeconfig(api, cluster=cluster, **self.plugin(token='one')))
        self.comes('192.0.2.1')
        info, _ = json.JSONDecoder().raw_decode(self.told()[0])
        self.assertEqual(info['spec']['cluster'], {'server': api.url, 'config': says})

    def test_a_program_that_takes_its_time_holds_nothing_else_up(self):
        api = self.small(token='one')
        confgen = self.confgen('--store', 'kube:' + self.kubeconfig(api, **self.plugin(token='one')))
        self.comes('192.0.2.1')
        os.mkfifo(self.dir + '/gives.new')
        os.rename(self.dir + '/gives.new', self.dir + '/gives')  # who reads it waits for a writer
        api.token = 'two'
        api.drop()
        wait(lambda: len(self.told()) > 1, confgen.log)
        self.template('another template', '["/"]')
        self.comes('another template')
        with open(self.dir + '/gives', 'w') as f:
            json.dump({'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential', 'status': {'token': 'two'}}, f)
        wait(lambda: 'kubernetes: back after' in confgen.log(), confgen.log)

    def test_a_program_is_asked_again_when_its_token_expires(self):
        api = self.small(token='one')
        confgen = self.confgen('--store', 'kube:' + self.kubeconfig(api, **self.plugin(token='one', expirationTimestamp='2001-02-03T04:05:06Z')))
        self.comes('192.0.2.1')
        wait(lambda: api.drop() or len(self.told()) > 1, confgen.log)  # each connection asks

    def test_a_program_that_gives_nothing_is_told_with_its_reason(self):
        api = self.small(token='one')
        user = self.plugin()
        confgen = self.confgen('--store', 'kube:' + self.kubeconfig(api, **user))
        wait(lambda: "no credentials: exec '%s/./plugin': printed neither status.token" % self.dir in confgen.log(), confgen.log)
        user['exec'].update(command='/nonexistent/plugin', installHint='install the cloud tools')
        confgen = self.confgen('--store', 'kube:' + self.kubeconfig(api, 'other', **user))
        wait(lambda: 'No such file or directory; install the cloud tools' in confgen.log(), confgen.log)

    def test_a_program_gives_a_client_certificate(self):
        ca = make_ca(self.dir + '/ca', server='IP:127.0.0.1', client='DNS:confgen')
        api = self.small(tls=ca, wants_certificates=True)
        text = lambda path: open(path).read()  # noqa: E731
        user = self.plugin(clientCertificateData=text(ca.cert('client')), clientKeyData=text(ca.key('client')))
        good = self.kubeconfig(api, cluster={'certificate-authority': 'ca/ca.pem'}, **user)
        self.assertIn('192.0.2.1', self.ask('keys', '--store', 'kube:' + good).stdout)

    def test_a_kubeconfig_may_be_text_in_a_variable(self):
        api = self.small(token='t')
        with open(self.kubeconfig(api, token='t')) as f:
            text = f.read()
        self.assertIn('192.0.2.1', self.ask('keys', DATASTORE_TYPE='kubernetes', KUBECONFIG_INLINE=text).stdout)
        self.assertIn('KUBECONFIG_INLINE: error: no ', self.ask('keys', DATASTORE_TYPE='kubernetes',
                                                               KUBECONFIG_INLINE='current-context: c').stdout)

    def test_a_password_comes_from_its_secret(self):
        api = self.small()
        secret = lambda text: api.put('/api/v1/secrets', 'bgp', 'kube-system', data={'key': base64.b64encode(text.encode()).decode()})  # noqa: E731
        secret('first')
        api.put('/api/v1/secrets', 'unrelated', 'kube-system', data={'key': 'eA=='})
        api.crd('bgppeers', 'p1', {'peerIP': '192.0.2.1', 'asNumber': 65001, 'password': {'secretKeyRef': {'name': 'bgp', 'key': 'key'}}})
        confgen = self.start(api)
        self.comes('192.0.2.1 as 65001 password first')
        wait(lambda: 'installed' in confgen.log(), confgen.log)
        self.assertEqual(confgen.log().count('installed'), 1, 'never written without its password')
        secret('second')
        self.comes('password second')
        self.assertEqual({q.get('fieldSelector') for q in api.asked('/api/v1/namespaces/kube-system/secrets')}, {'metadata.name=bgp'})
        self.assertNotIn('second', confgen.log())

    def test_services_are_read_when_their_addresses_are_advertised(self):
        api = self.small()
        self.start(api)
        self.comes('192.0.2.1')
        self.assertEqual(api.asked('/api/v1/services'), [])
        api.crd('bgpconfigurations', 'default', {'asNumber': 64600, 'serviceClusterIPs': [{'cidr': '10.96.0.0/12'}]})
        self.comes('AS 64600')
        self.assertTrue(api.asked('/api/v1/services') and api.asked('/apis/discovery.k8s.io/v1/endpointslices'))
        for name, address, node in [('here', '10.96.0.10', 'n1'), ('there', '10.96.0.11', 'n2')]:
            api.put('/api/v1/services', name, 'default', spec={'type': 'NodePort', 'clusterIP': address, 'clusterIPs': [address],
                                                               'externalTrafficPolicy': 'Local', 'ipFamilies': ['IPv4']})
            api.put('/apis/discovery.k8s.io/v1/endpointslices', name + '-abc', 'default', addressType='IPv4',
                    endpoints=[{'addresses': ['10.65.0.1'], 'nodeName': node, 'conditions': {'ready': True}}],
                    metadata={'labels': {'kubernetes.io/service-name': name}})
        shown = self.ask('keys', '--store', 'kube:' + self.kubeconfig(api)).stdout
        self.assertIn('/calico/staticroutes/10.96.0.10-32 ', shown)
        self.assertNotIn('10.96.0.11', shown, 'its pods are on another node')

    def test_pods_that_a_peering_selects_are_peers_as_long_as_felix_tells_of_them(self):
        api = self.small()
        api.crd('bgppeers', 'pods', {'localWorkloadSelector': "app == 'router'", 'asNumber': 65010})
        confgen = self.start(api, CALICO_ENDPOINT_STATUS_PATH_PREFIX=self.dir)
        self.comes('192.0.2.1')
        os.mkdir(self.dir + '/endpoint-status')

        def felix(name, address):
            path = '%s/endpoint-status/%s' % (self.dir, name)
            with open(os.path.dirname(path) + '/.new', 'w') as f:
                json.dump({'ifaceName': 'cali1', 'ipv4Nets': [address + '/32'], 'ipv6Nets': [], 'bgpPeerName': 'pods'}, f)
            os.rename(os.path.dirname(path) + '/.new', path)
            return path
        pod = felix('pod1', '10.65.0.7')
        self.comes('peer 10.65.0.7 as 65010')
        felix('pod2', '10.65.0.8')
        self.comes('peer 10.65.0.8 as 65010')
        os.unlink(pod)
        self.goes('10.65.0.7')
        self.assertIn('10.65.0.8', self.text())
        self.assertNotIn('error', confgen.log())

    def test_pod_cidrs_act_as_blocks_if_asked_for(self):
        api = self.small()
        api.crd('blockaffinities', 'b', {'node': 'n1', 'cidr': '10.65.1.0/26', 'state': 'confirmed', 'deleted': 'false'})
        api.node('n1', cidrs=['10.244.1.0/24'], IPv4Address='10.0.0.1/24')
        api.node('n2', cidrs=['10.244.2.0/24'], IPv4Address='10.0.0.2/24')
        self.start(api, USE_POD_CIDR='true')
        self.comes('block 10.244.1.0-24\n')
        self.assertEqual(self.text().count('block'), 1)
        api.node('n1', cidrs=['10.244.9.0/24'], IPv4Address='10.0.0.1/24')
        self.comes('block 10.244.9.0-24\n')
        self.goes('10.244.1.0')

    def test_the_connection_is_told_as_calico_tells_it(self):
        api = self.small()
        for env in ({'DATASTORE_TYPE': 'kubernetes', 'KUBECONFIG': self.kubeconfig(api)},
                    {'DATASTORE_TYPE': 'kubernetes', 'K8S_API_ENDPOINT': api.url}):
            self.assertIn('192.0.2.1', self.ask('keys', **env).stdout)

    @needs_mounts
    def test_a_pod_uses_its_service_account(self):
        ca = make_ca(self.dir + '/ca', server='IP:127.0.0.1')
        api = self.small(tls=ca, token='pod-token')
        script = ('d=/var/run/secrets/kubernetes.io/serviceaccount; mount -t tmpfs none /var/run; mkdir -p $d; cp %s $d/ca.crt; '
                  'echo pod-token > $d/token; exec "$@"' % ca.ca)
        env = dict(os.environ, DATASTORE_TYPE='kubernetes', KUBERNETES_SERVICE_HOST='127.0.0.1', KUBERNETES_SERVICE_PORT=str(api.port))
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh'] + self.argv('keys'), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=env, timeout=60)
        self.assertIn('192.0.2.1', done.stdout)

    def test_wrong_kubeconfigs_are_told_with_their_file(self):
        def write(text):
            with open(self.dir + '/k', 'w') as f:
                f.write(text)
        context = 'current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n'
        cluster = 'clusters: [{name: k, cluster: {server: "http://x"}}]\n'
        for text, why in [('{', '/k:1:1: error: '), ('a: b', '/k: error: has no current-context'),
                          (context, "/k: error: no 'k' in clusters"),
                          (context + cluster, "/k: error: no 'u' in users"),
                          (context + cluster + 'users: [{name: u, user: {exec: {command: x}}}]', "user 'u': exec: apiVersion '' is not known"),
                          (context + cluster + 'users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1}}}]',
                           "user 'u': exec has no command"),
                          (context + cluster + 'users: [{name: u, user: {auth-provider: {name: gcp}}}]', "user 'u' has auth-provider, which is not supported"),
                          (context + 'clusters: [{name: k, cluster: {server: "x"}}]\nusers: [{name: u, user: {}}]', "/k: error: server 'x' is no URL")]:
            with self.subTest(why=why):
                write(text)
                shown = self.ask('keys', '--store', 'kube:' + self.dir + '/k')
                self.assertEqual(shown.returncode, 1)
                self.assertIn(why, shown.stdout)
        self.assertIn('cannot read the kubeconfig', self.ask('keys', '--store', 'kube:/nonexistent').stdout)
        self.assertIn('not in a pod', self.ask('keys', '--store', 'kube').stdout)


if __name__ == '__main__':
    main()
