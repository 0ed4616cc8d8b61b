"""A small API server that answers as Kubernetes does: lists in pages, watches with bookmarks, 410 for what is too old,
Status objects for errors, TLS, and tokens that expire. Faults are put in on purpose."""
import json
import socket
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CRD = '/apis/crd.projectcalico.org/v1/'
COLLECTIONS = {CRD + p for p in ('bgpconfigurations', 'bgppeers', 'bgpfilters', 'ippools', 'blockaffinities')} | {
    '/api/v1/nodes', '/api/v1/services', '/api/v1/secrets', '/apis/discovery.k8s.io/v1/endpointslices'}


def status(code, reason, message):
    return {'kind': 'Status', 'apiVersion': 'v1', 'metadata': {}, 'status': 'Failure', 'message': message, 'reason': reason, 'code': code}


class Api:
    def __init__(self, test, tls=None, token=None, port=0, wants_certificates=False):
        self.lock = threading.Condition()
        self.version, self.oldest = 100, 0
        self.objects, self.events = {}, []  # (collection, namespace, name) -> object; (version, type, key, object)
        self.token, self.forbidden, self.unserved = token, set(), set()
        self.faults = []        # (status, headers) for the next requests
        self.requests = []      # what was asked: (path, query)
        self.watches = []       # connections of watches
        self.bookmarks = 0.3    # seconds
        self.closed = False
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def do_GET(self):
                api.get(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(('127.0.0.1', port), Handler)
        self.port = self.server.server_port
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.cert('server'), tls.key('server'))
            if wants_certificates:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(tls.ca)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = '%s://127.0.0.1:%d' % ('https' if tls else 'http', self.port)
        threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True).start()
        test.addCleanup(self.close)

    def close(self):
        if not self.closed:
            self.closed = True
            self.server.shutdown()
            self.server.server_close()
            self.drop()

    # what a test does to it

    def put(self, collection, name, namespace=None, **members):
        metadata = dict(members.pop('metadata', {}), name=name, uid='u-' + name, creationTimestamp='2026-01-01T00:00:00Z',
                        managedFields=[{'manager': 'x'}])
        if namespace:
            metadata['namespace'] = namespace
        with self.lock:
            self.version += 1
            metadata['resourceVersion'] = str(self.version)
            key = (collection, namespace, name)
            event = 'MODIFIED' if key in self.objects else 'ADDED'
            self.objects[key] = dict(members, metadata=metadata)
            self.events.append((self.version, event, key, self.objects[key]))
            self.lock.notify_all()

    def crd(self, plural, name, spec, **metadata):
        self.put(CRD + plural, name, spec=spec, metadata=metadata, apiVersion='crd.projectcalico.org/v1')

    def node(self, name, labels=None, cidrs=(), **annotations):
        self.put('/api/v1/nodes', name, spec={'podCIDRs': list(cidrs)}, status={'images': ['x'] * 50, 'beat': self.version},
                 metadata={'labels': labels or {}, 'annotations': {'projectcalico.org/' + k: v for k, v in annotations.items()}})

    def delete(self, collection, name, namespace=None):
        with self.lock:
            self.version += 1
            gone = dict(self.objects.pop((collection, namespace, name)))
            gone['metadata'] = dict(gone['metadata'], resourceVersion=str(self.version))
            self.events.append((self.version, 'DELETED', (collection, namespace, name), gone))
            self.lock.notify_all()

    def compact(self):
        """Forgets all events so far: who watches from before is told 410."""
        with self.lock:
            self.events, self.oldest = [], self.version

    def drop(self):
        """Ends all watches in the middle, as a failing connection does."""
        with self.lock:
            watches, self.watches = self.watches, []
        for handler in watches:
            try:
                handler.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def asked(self, path, watch=None):
        return [q for p, q in self.requests if p == path and (watch is None or ('watch' in q) == watch)]

    # requests

    def get(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        self.requests.append((url.path, query))
        collection, namespace = url.path, None
        if url.path.startswith('/api/v1/namespaces/'):
            _, _, _, _, namespace, plural = url.path.split('/')
            collection = '/api/v1/' + plural
        name = query.get('fieldSelector', '').removeprefix('metadata.name=') or None
        if self.faults:
            code, headers = self.faults.pop(0)
            return self.answer(handler, code, status(code, 'Fault', 'put in by the test'), headers)
        if self.token and handler.headers.get('Authorization') != 'Bearer ' + self.token:
            return self.answer(handler, 401, status(401, 'Unauthorized', 'Unauthorized'))
        if collection in self.forbidden:
            return self.answer(handler, 403, status(403, 'Forbidden', '%s is forbidden: User "u" cannot list resource' % collection.split('/')[-1]))
        if collection not in COLLECTIONS or collection in self.unserved:
            return self.answer(handler, 404, None)
        chosen = lambda key: key[0] == collection and (namespace is None or key[1] == namespace) and (name is None or key[2] == name)  # noqa: E731
        (self.watch if 'watch' in query else self.list)(handler, query, chosen)

    def list(self, handler, query, chosen):
        with self.lock:
            version, start = self.version, 0
            if 'continue' in query:
                version, start = (int(x) for x in query['continue'].split('.'))
                if version < self.oldest:
                    return self.answer(handler, 410, status(410, 'Expired', 'The provided continue parameter is too old'))
            keys = sorted(k for k in self.objects if chosen(k))
            limit = int(query.get('limit', 0)) or len(keys) + 1
            metadata = {'resourceVersion': str(version)}
            if start + limit < len(keys):
                metadata['continue'] = '%d.%d' % (version, start + limit)
            body = {'kind': 'List', 'metadata': metadata, 'items': [self.objects[k] for k in keys[start:start + limit]]}
        self.answer(handler, 200, body)

    def answer(self, handler, code, body, headers=()):
        data = b'404 page not found\n' if body is None else json.dumps(body).encode()
        handler.send_response(code)
        for name, value in dict(headers).items():
            handler.send_header(name, value)
        handler.send_header('Content-Length', str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def watch(self, handler, query, chosen):
        version = int(query['resourceVersion'])
        if version < self.oldest and version % 2:  # Kubernetes says it in either way
            return self.answer(handler, 410, status(410, 'Expired', 'too old resource version'))
        handler.send_response(200)
        handler.send_header('Transfer-Encoding', 'chunked')
        handler.end_headers()
        handler.wfile.flush()

        def send(event, body):
            data = json.dumps({'type': event, 'object': body}).encode() + b'\n'
            half = len(data) // 2  # an event comes in pieces
            for part in (data[:half], data[half:]):
                handler.wfile.write(b'%x\r\n%s\r\n' % (len(part), part))
                handler.wfile.flush()

        self.watches.append(handler)
        end, mark = time.monotonic() + float(query['timeoutSeconds']), time.monotonic() + self.bookmarks
        if version < self.oldest:
            send('ERROR', status(410, 'Expired', 'too old resource version'))
            end = 0
        while time.monotonic() < end and not self.closed:
            with self.lock:
                fresh, now = [e for e in self.events if e[0] > version], self.version
                if not fresh:
                    self.lock.wait(0.05)
            for number, event, key, body in fresh:
                version = number
                if chosen(key):
                    send(event, body)
            if not fresh and time.monotonic() > mark:
                version, mark = now, time.monotonic() + self.bookmarks
                send('BOOKMARK', {'kind': 'X', 'metadata': {'resourceVersion': str(now)}})
        handler.wfile.write(b'0\r\n\r\n')
