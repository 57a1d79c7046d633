# A mail server for tests (Debian's python3-aiosmtpd): keeps each mail as a file of a folder.
#   smtp_server.py PORT FOLDER [--certificate FILE --key FILE [--smtps]] [--user NAME --password PASSWORD]
# Recipients that begin with "refused" get 550, with "later" 451.
import argparse
import asyncio
import itertools
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 no such user"
        if address.startswith("later"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = f"{next(self.numbers):06}"
        secured = server.transport.get_extra_info("sslcontext")
        head = f"X-Envelope: {envelope.mail_from} {' '.join(envelope.rcpt_tos)} " \
               f"{'tls' if secured else 'plain'}\r\n"
        with open(os.path.join(self.folder, name + ".new"), "wb") as file:
            file.write(head.encode() + envelope.original_content)
        os.rename(os.path.join(self.folder, name + ".new"), os.path.join(self.folder, name))
        return "250 kept"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--smtps", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    asked = parser.parse_args()
    tls = None
    if asked.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(asked.certificate, asked.key)

    def authenticate(server, session, envelope, mechanism, data):
        fits = data.login.decode() == asked.user and data.password.decode() == asked.password
        return AuthResult(success=fits)

    keeper = Keeper(asked.folder)

    def connection():
        return SMTP(keeper, hostname="localhost", tls_context=None if asked.smtps else tls,
                    require_starttls=bool(tls) and not asked.smtps,
                    auth_required=bool(asked.user), authenticator=authenticate,
                    auth_require_tls=False)

    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", asked.port, ssl=tls if asked.smtps else None)
    await server.serve_forever()


asyncio.run(main())
