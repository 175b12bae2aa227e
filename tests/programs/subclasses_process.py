"""Process is subclassed: attributes travel along, run() is overridden, and so are start(), join() and the name."""

import multiprocessing as mp


class Loud(mp.Process):
    started = 0

    def __init__(self, factor, numbers):
        super().__init__(name=f"times-{factor}")
        self.factor, self.numbers = factor, numbers
        self.receiver, self.sender = mp.Pipe(duplex=False)
        self._config["factor"] = factor

    def start(self):
        print("starting", self.name)
        super().start()
        type(self).started += 1
        self.sender.close()

    def run(self):
        assert mp.current_process() is self
        for number in self.numbers:
            self.sender.send(number * self.factor)
        self.sender.send(self._config["factor"])
        self.sender.close()

    def results(self):
        while True:
            try:
                yield self.receiver.recv()
            except EOFError:
                return

    def join(self, timeout=None):
        super().join(timeout)
        return self.exitcode


def main():
    processes = [Loud(factor, range(4)) for factor in (2, 3)]
    for process in processes:
        process.start()
        print(process.name, *process.results(), "ended with", process.join())
    print("started", Loud.started)


if __name__ == "__main__":
    main()
