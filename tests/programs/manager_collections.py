"""A manager's list, dict, Namespace, Array, Queue and Pool: nested, iterated, compared, and errors that come back."""

import multiprocessing as mp


def worker(records, ages, settings, number):
    records.append(("worker", number))
    records[0] = records[0] + 1
    ages.setdefault(number, 20 + number)
    ages.update({"last": number})
    settings.level += number


def double(number):
    return 2 * number


def main():
    with mp.Manager() as manager:
        records, ages = manager.list([0, "first"]), manager.dict(Sam=10)
        settings, numbers = manager.Namespace(level=1, name="trial"), manager.Array("i", [3, 1, 2])
        for number in (1, 2):
            process = mp.Process(target=worker, args=(records, ages, settings, number))
            process.start()
            process.join()
        print(records, len(records), ("worker", 1) in records, records[-1], records[1:3])
        print(sorted(ages.items(), key=str), ages.get("nobody", "default"), "Sam" in ages)
        print(settings.level, settings.name, hasattr(settings, "colour"), list(numbers))
        ages["nested"] = {"a": []}
        ages["nested"]["a"].append("lost")
        inner = manager.list()
        ages["shared"] = inner
        ages["shared"].append("kept")
        print(ages["nested"], list(inner), list(ages["shared"]))
        for attempt in (lambda: ages["nobody"], lambda: records.pop(99), lambda: settings.colour):
            try:
                attempt()
            except (KeyError, IndexError, AttributeError) as problem:
                print(type(problem).__name__, problem)
        queue = manager.Queue(1)
        queue.put("x")
        print(queue.full(), queue.get(), queue.empty())
        with manager.Pool(2) as pool:
            print(pool.map(double, range(4)))
    try:
        records.append("too late")
    except (OSError, EOFError):
        print("the manager is gone")


if __name__ == "__main__":
    main()
