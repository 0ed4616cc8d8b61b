#!/usr/bin/env python3
"""Bad input: one clear message that names the object or the place, what runs goes on, and all is well once it is mended."""
import os
import shutil
import signal
import socket
import threading
import time

from support import main
from datastore import CLUSTER, FedNode, block, pool

NOT_ROOT = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all']


class Datastore(FedNode):
    def setUp(self):
        super().setUp()
        self.start()

    def test_wrong_yaml_is_named_with_line_and_column_and_the_rest_goes_on(self):
        self.write('wrong.yaml', 'kind: IPPool\nmetadata:\n  name: wrong\n spec:\n  cidr: 10.9.0.0/16\n')
        self.complaint('wrong.yaml:4:2: error:')
        self.add_block('10.65.1.0/26')
        self.assert_reaches('10.65.1.0/26')
        self.write('wrong.yaml', pool('wrong', '10.9.0.0/16') + '---\n' + block('10.9.1.0/26'))
        self.assert_reaches('10.9.1.0/26')
        self.write('wrong.yaml', 'kind: IPPool\nmetadata:\n  name: wrong\n spec:\n  cidr: 10.9.0.0/16 \n')
        self.eventually(lambda: self.lines('wrong.yaml:4:2: error:', 'keeping what this file said before'), 'its last state counts')
        self.assert_reaches('10.9.1.0/26')

    def test_a_wrong_member_is_named_with_object_and_what_it_was_keeps_counting(self):
        self.write('cluster.yaml', CLUSTER.replace('asNumber: 65002', 'asNumber: sixty'))
        line = self.complaint("cluster.yaml:21:13: error: BGPPeer 'tor': spec.asNumber")
        self.assertIn('1 to 4294967295', line)
        self.add_block('10.65.1.0/26')
        self.assert_reaches('10.65.1.0/26')

    def test_a_file_that_cannot_be_read_is_named(self):
        os.mkdir(os.path.join(self.datastore, 'broken.yaml'))
        self.assertIn('directory', self.complaint('broken.yaml: error: cannot read'))
        os.symlink('/nonexistent', os.path.join(self.datastore, 'dangling.yaml'))
        self.assertIn('No such file', self.complaint('dangling.yaml: error: cannot read'))
        self.add_block('10.65.1.0/26')
        self.assert_reaches('10.65.1.0/26')

    def test_a_confgen_that_starts_for_the_first_time_beside_a_wrong_datastore_leaves_what_runs(self):
        before = self.read(self.config)
        good = self.read(os.path.join(self.datastore, 'cluster.yaml'))
        for broken, why in ((good.replace('asNumber: 65001', 'asNumber: many'), "BGPConfiguration 'default' is wrong"),
                            (good.replace('spec:', 'spec: [', 1), 'a part of the datastore cannot be read')):
            with self.subTest(why=why):
                self.generator.stop()
                with open(self.generator.log_path, 'w'):
                    pass  # a new life, a new log
                self.write('cluster.yaml', broken)
                self.generator.start()
                self.complaint(why, 'nothing is rendered before that is mended')
                self.add_block('10.65.1.0/26')
                time.sleep(1)
                self.assertEqual(self.read(self.config), before)
                self.assert_undisturbed()
                self.write('cluster.yaml', good)
                self.assert_reaches('10.65.1.0/26')
                self.remove('block-10.65.1.0-26.yaml')
                self.eventually(lambda: self.read(self.config) == before, 'all is as it was')

    def test_objects_that_became_wrong_count_as_before_in_the_next_life_too(self):
        before = self.read(self.config)
        good = self.read(os.path.join(self.datastore, 'cluster.yaml'))
        kept = os.path.join(self.installed, '.last-good-objects.json')
        self.write('cluster.yaml', good.replace('asNumber: 65002', 'asNumber: sixty').replace('asNumber: 65001', 'asNumber: many'))
        self.complaint("BGPPeer 'tor': is wrong; what it said before still counts")
        self.assertTrue(os.path.exists(kept))
        self.generator.stop()
        with open(self.generator.log_path, 'w'):
            pass  # a new life, a new log
        self.generator.start()
        self.complaint("BGPPeer 'tor': is wrong; what it said before still counts")
        self.complaint("BGPConfiguration 'default': is wrong; what it said before still counts")
        self.assertEqual(self.read(self.config), before)
        self.add_block('10.65.1.0/26')
        self.assert_reaches('10.65.1.0/26')
        self.write('cluster.yaml', good)
        self.eventually(lambda: not os.path.exists(kept), 'what is right needs no memory')
        self.assert_undisturbed()

    def test_the_directory_vanishes_and_comes_back(self):
        saved = self.datastore + '.saved'
        os.rename(self.datastore, saved)
        self.complaint(self.datastore + ': error: cannot list')
        self.assert_undisturbed()
        shutil.copytree(saved, self.datastore)
        self.add_block('10.65.1.0/26')
        self.assert_reaches('10.65.1.0/26')
        self.add_block('10.65.2.0/26')
        self.assert_reaches('10.65.2.0/26')

    def test_a_symbolic_link_whose_target_comes_later_is_read_without_a_word_of_the_kernel(self):
        target = os.path.join(self.net.dir, 'elsewhere.yaml')
        os.symlink(target, os.path.join(self.datastore, 'link.yaml'))
        self.complaint('link.yaml: error: cannot read')
        with open(target, 'w') as f:
            f.write(block('10.65.3.0/26'))
        self.assert_reaches('10.65.3.0/26')

    def test_a_secret_that_is_missing_is_named_and_may_come_as_a_file(self):
        self.write('cluster.yaml', CLUSTER + '  password: {secretKeyRef: {name: bgp, key: tor}}\n')
        self.complaint("BGPPeer 'tor': there is no Secret 'bgp' with key 'tor'")
        os.makedirs(os.path.join(self.secrets, 'bgp'))
        with open(os.path.join(self.secrets, 'bgp', 'tor'), 'w') as f:
            f.write('from a file\n')
        self.eventually(lambda: 'password "from a file";' in self.read(self.config), 'the password is installed')

    def test_a_filter_that_does_not_exist_lets_nothing_pass_and_says_so(self):
        self.write('cluster.yaml', CLUSTER + '  filters: [absent]\n')
        self.complaint("BGPPeer 'tor'", "BGPFilter 'absent'", 'error')
        self.eventually(lambda: self.a.route('172.16.1.0/24') is None,
                        lambda: 'no route passes: %s %s' % (self.generator.log(), self.ours.log()[-2000:]))
        self.write('filter.yaml', 'apiVersion: projectcalico.org/v3\nkind: BGPFilter\nmetadata:\n  name: absent\nspec:\n'
                   '  importV4:\n  - action: Accept\n    matchOperator: In\n    cidr: 172.16.0.0/12\n')
        self.eventually(lambda: self.a.route('172.16.1.0/24'), 'the filter exists, so routes pass')


class Templates(FedNode):
    def setUp(self):
        super().setUp()
        self.start()

    def broken_and_mended(self, old, new, *words):
        self.edit(self.template, old, new)
        line = self.complaint(*words)
        self.assertIn('nothing was installed', line)
        self.add_block('10.65.1.0/26')
        self.assert_undisturbed()
        self.assertIsNone(self.b.route('10.65.1.0/26'))
        self.edit(self.template, new, old)
        self.assert_reaches('10.65.1.0/26')

    def test_a_template_that_does_not_parse(self):
        self.broken_and_mended('router id {{', 'router id {{end}}{{', 'bgpd.conf.template:', 'error', '{{end}}')

    def test_a_template_that_fails_while_it_runs(self):
        self.broken_and_mended('router id {{', 'router id {{getv "/no/such/key"}}{{', 'bgpd.conf.template:', '/no/such/key')

    def test_a_template_that_makes_a_wrong_configuration(self):
        self.broken_and_mended('protocol device {', 'protocol device { nonsense 1;', self.config + ':', 'nonsense', 'refuses')

    def test_a_template_that_cannot_be_read(self):
        os.rename(self.template, self.template + '.away')
        os.mkdir(self.template)
        self.complaint(self.template, 'cannot read the template', 'directory')
        self.add_block('10.65.1.0/26')
        self.assert_undisturbed()
        os.rmdir(self.template)
        os.rename(self.template + '.away', self.template)
        self.assert_reaches('10.65.1.0/26')

    def test_a_refused_line_names_the_object_and_the_member_it_comes_from(self):
        annotated = CLUSTER.replace('  name: tor\n', '  name: tor\n  annotations:\n    avocet/statements: hold tme 30;\n')
        self.write('cluster.yaml', annotated)
        line = self.complaint("BGPPeer 'tor': metadata.annotations.avocet/statements")
        self.assertRegex(line, r"cluster\.yaml:20:\d+: error: ")
        self.assertIn('hold tme 30', line)
        self.assert_undisturbed()
        self.write('cluster.yaml', annotated.replace('tme', 'time').replace('30', '180'))
        self.eventually(lambda: '180' in self.read(self.config), 'the mended statement is installed')

    def test_an_included_file_is_named_and_its_mending_is_noticed(self):
        custom = os.path.join(self.installed, 'custom')
        os.mkdir(custom)
        path = os.path.join(custom, 'mine.conf')
        with open(path, 'w') as f:
            f.write('protocol static mine { ipv4; rout 192.168.7.0/24 blackhole; }\n')
        line = self.complaint(path + ':1:')
        self.assertIn('rout', line)
        self.assert_undisturbed()
        self.edit(path, 'rout ', 'route ')
        self.eventually(lambda: self.a.route('192.168.7.0/24'), 'the included route holds')
        self.assert_undisturbed()

    def test_a_check_that_cannot_be_run_is_tried_again(self):
        moved = os.path.join(self.confdir, 'bgpd')
        with open(self.resource) as f:
            text = f.read()
        self.generator.stop()
        with open(self.resource, 'w') as f:
            f.write(text.replace('check_cmd = "', 'check_cmd = "%s ' % moved))
        self.start_confgen()
        self.add_block('10.65.1.0/26')
        self.complaint('cannot run check_cmd', moved)
        self.assert_undisturbed()
        with open(moved, 'w') as f:
            f.write('#!/bin/sh\nexec "$@"\n')
        os.chmod(moved, 0o755)
        self.assert_reaches('10.65.1.0/26')


class Installation(FedNode):
    def test_a_full_disk_leaves_the_old_file_and_the_new_one_comes_when_there_is_room(self):
        self.a_mount(self.installed, 'size=256k')
        self.start()
        before = self.read(self.config)
        filler = os.path.join(self.installed, 'filler')
        with self.assertRaises(OSError), open(filler, 'wb', buffering=0) as f:
            while True:
                f.write(b'x' * 512)
        self.add_block('10.65.1.0/26')
        self.complaint(self.config + ': error:', 'No space left', 'make room')
        self.assertEqual(self.read(self.config), before)
        self.assert_undisturbed()
        os.unlink(filler)
        self.assert_reaches('10.65.1.0/26')
        self.assertEqual([name for name in os.listdir(self.installed) if 'confgen' in name], [])

    def test_a_directory_that_cannot_be_written(self):
        self.start(NOT_ROOT)
        os.chmod(self.installed, 0o555)
        os.chown(self.installed, 65534, 65534)
        self.add_block('10.65.1.0/26')
        self.complaint(self.config + ': error:', 'Permission denied', 'write access')
        self.assert_undisturbed()
        os.chown(self.installed, 0, 0)
        os.chmod(self.installed, 0o755)
        self.assert_reaches('10.65.1.0/26')

    def test_an_installed_file_that_is_deleted_or_edited_comes_back(self):
        self.start()
        text = self.read(self.config)
        said_before = len(self.lines('bgpd.conf'))
        os.unlink(self.config)
        self.eventually(lambda: os.path.exists(self.config), 'it is back')
        self.assertEqual(self.read(self.config), text)
        # The edit comes after bgpd has read it: an edit that bgpd refuses would have what was before put back, no file.
        self.eventually(lambda: len(self.lines('bgpd.conf')) > said_before, lambda: 'confgen says so: ' + self.generator.log())
        with open(self.config, 'a') as f:
            f.write('nonsense\n')
        self.eventually(lambda: self.read(self.config) == text, 'the edit is gone')
        self.assert_undisturbed()

    def test_bgpd_is_told_to_read_a_configuration_that_it_cannot_read(self):
        self.start()
        self.generator.stop()
        os.rename(self.config, self.config + '.away')
        os.mkdir(self.config)
        code, text = self.ours.ask('configure')[-1]
        self.assertEqual(code, 8002)
        self.assertIn(self.config, text)
        self.assertIn('directory', text)
        self.start_confgen()
        self.complaint(self.config + ': error:')
        self.assert_undisturbed()
        os.rmdir(self.config)
        self.eventually(lambda: os.path.isfile(self.config), 'confgen installs it again')
        self.assertIn('Reconfigured', self.ours.text('configure'))
        self.assert_undisturbed()

    def test_a_wrong_first_configuration_is_not_installed_and_waits_for_its_mending(self):
        self.edit(self.template, 'protocol device {', 'protocol device { nonsense 1;')
        self.start_confgen()
        self.complaint(self.config + ':', 'nonsense', 'nothing was installed')
        self.assertFalse(os.path.exists(self.config))
        self.edit(self.template, 'nonsense 1;', '')
        self.generator.stop()
        self.start()

    def test_a_resource_file_that_is_wrong_names_the_place(self):
        self.edit(self.resource, 'src =', 'scr =')
        self.start_confgen()
        self.assertIn("unknown member 'scr'", self.complaint('bgpd.toml:3:1: error:'))
        self.assertEqual(self.generator.process.wait(5), 1)

    def a_mount(self, directory, options):
        from support import run
        run(['mount', '-t', 'tmpfs', '-o', options, 'none', directory])
        self.addCleanup(run, ['umount', '-l', directory], check=False)


class Daemon(FedNode):
    def test_bgpd_is_not_running_and_comes_later(self):
        self.start()
        self.ours.stop()
        self.add_block('10.65.1.0/26')
        # Told once before its first start, and once now.
        self.eventually(lambda: len(self.lines(self.control, 'no daemon listens')) == 2, lambda: self.generator.log()[-2000:], 20)
        time.sleep(0.7)
        self.assertEqual(len(self.lines(self.control, 'no daemon listens')), 2)
        self.assertIn('when it starts', self.lines(self.control, 'no daemon listens')[0])
        self.ours.start()
        self.eventually(lambda: self.b.route('10.65.1.0/26'), 'it starts with what was installed meanwhile', 40)
        self.assertTrue(self.generator.alive())

    def test_a_socket_that_accepts_and_never_answers(self):
        self.start()
        hidden = self.control + '.hidden'
        os.rename(self.control, hidden)
        mute = socket.socket(socket.AF_UNIX)
        mute.bind(self.control)
        mute.listen(8)
        self.add_block('10.65.1.0/26')
        self.assertIn('within 5 s', self.complaint(self.control, 'no answer', 'asking again'))
        self.assertIn('10.65.1.0/26', self.read(self.config))
        self.ours.socket = hidden
        self.assert_undisturbed()
        os.rename(hidden, self.control)
        self.ours.socket = self.control
        self.assert_reaches('10.65.1.0/26', 30)
        mute.close()

    def test_a_daemon_that_refuses_gets_its_old_file_back(self):
        self.start()
        before = self.read(self.config)
        os.rename(self.control, self.control + '.hidden')
        refusals = threading.Event()

        def refuse(server):
            while not refusals.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.sendall(b'0001 BIRD 2.0.12 ready.\n')
                connection.recv(100)
                connection.sendall(b'0002-Reading configuration from x\n8002 %s:3:1 no such luck\n' % self.config.encode())
                connection.close()

        with socket.socket(socket.AF_UNIX) as server:
            server.bind(self.control)
            server.listen(8)
            thread = threading.Thread(target=refuse, args=(server,), daemon=True)
            thread.start()
            self.add_block('10.65.1.0/26')
            self.complaint('no such luck', 'nothing was installed')
            self.assertEqual(self.read(self.config), before, 'what is on the disk is what the daemon runs')
            refusals.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)
        os.rename(self.control + '.hidden', self.control)
        self.add_block('10.65.2.0/26')
        self.assert_reaches('10.65.1.0/26')


class Kernel(FedNode):
    def test_a_route_that_the_kernel_refuses_is_named_once_with_the_reason(self):
        self.start()
        # A preferred source that is no address of this machine: the kernel answers EINVAL.
        self.write('cluster.yaml', CLUSTER)
        self.edit(self.template, 'filter kernel_ipv{{$v}} {',
                  'filter kernel_ipv{{$v}} {\n{{if eq $v "4"}}if net = 172.16.9.0/24 then krt_prefsrc = 192.0.2.77;{{end}}')
        self.theirs.write(self.read(self.theirs.config_path).replace(
            'ipv4; route', 'ipv4; route 172.16.9.0/24 blackhole; route'))
        self.theirs.text('configure')
        self.eventually(lambda: '172.16.9.0/24' in self.ours.log(), lambda: 'the refusal: ' + self.ours.log()[-2000:])
        told = [line for line in self.ours.log().splitlines() if '172.16.9.0/24' in line and 'nvalid' in line]
        self.assertEqual(len(told), 1, self.ours.log()[-2000:])
        self.assertIsNone(self.a.route('172.16.9.0/24'))
        self.assert_undisturbed()
        self.a.ip('addr', 'add', '192.0.2.77/32', 'dev', 'lo')
        self.eventually(lambda: self.a.route('172.16.9.0/24'), lambda: 'it holds once the address exists: ' + self.ours.log()[-2000:], 40)
        self.assert_undisturbed()

    def test_without_the_right_to_change_routes_sessions_live_and_the_reason_is_told(self):
        self.start_confgen()
        self.eventually(lambda: os.path.exists(self.config), 'the configuration is there')
        self.assertIsNotNone(shutil.which('setpriv'))
        from support import BGPD, BirdLike
        ours = BirdLike.__new__(BirdLike)
        wrapper = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin', '--ambient-caps=-all', BGPD]
        # The same start as the others have, behind setpriv.
        import netlab
        ours.config_path, ours.socket = self.config, self.control
        netlab.Process.__init__(ours, self.a, 'bgpd', wrapper + ['-f', '-c', self.config, '-s', self.control,
                                                                 '-P', os.path.join(self.installed, 'pid')])
        self.eventually(ours.answers, lambda: ours.log(), 20)
        self.add_block('10.65.1.0/26')
        self.eventually(lambda: 'Operation not permitted' in ours.log() or 'EPERM' in ours.log(), lambda: ours.log()[-2000:])
        told = [line for line in ours.log().splitlines() if 'not permitted' in line]
        self.assertLessEqual(len(told), 3, '\n'.join(told))
        self.assertTrue(ours.alive())
        ours.stop(signal.SIGTERM)


if __name__ == '__main__':
    main()
