"""Methods and attributes: tasks with mailboxes, an operating system in the small."""
import sys


class Packet:
    def __init__(self, link, ident, kind):
        self.link = link
        self.ident = ident
        self.kind = kind
        self.value = 0


class Task:
    def __init__(self, ident, priority, limit):
        self.ident = ident
        self.priority = priority
        self.limit = limit
        self.inbox = None
        self.handled = 0

    def post(self, packet):
        packet.link = self.inbox
        self.inbox = packet

    def take(self):
        packet = self.inbox
        self.inbox = packet.link
        packet.link = None
        return packet

    def ready(self):
        return self.inbox is not None and self.handled < self.limit

    def run(self, system):
        raise NotImplementedError


class Worker(Task):
    def run(self, system):
        packet = self.take()
        packet.value = (packet.value * 31 + self.ident) % 65521
        self.handled += 1
        system.send((self.ident + packet.value) % system.size, packet)


class Device(Task):
    def __init__(self, ident, priority, limit):
        super().__init__(ident, priority, limit)
        self.busy = 0

    def run(self, system):
        if self.busy < 2:
            self.busy += 1
            return
        self.busy = 0
        packet = self.take()
        packet.value ^= self.ident
        self.handled += 1
        system.send((packet.value * 7) % system.size, packet)


class System:
    def __init__(self, size, limit):
        self.size = size
        self.tasks = [(Device if i % 3 == 0 else Worker)(i, i * 10, limit) for i in range(size)]
        self.sent = 0

    def send(self, ident, packet):
        self.sent += 1
        self.tasks[ident].post(packet)

    def loop(self, rounds):
        for _ in range(rounds):
            idle = True
            for task in self.tasks:
                if task.ready():
                    idle = False
                    task.run(self)
            if idle:
                break


system = System(10, 1000000)
for number in range(20):
    system.send(number % 10, Packet(None, number, number % 2))
system.loop(int(sys.argv[1]) if len(sys.argv) > 1 else 160000)
print(system.sent, sum(task.handled for task in system.tasks))
