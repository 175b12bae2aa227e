"""JoinableQueue: workers say task_done, join() waits for all of it; one task_done too many is refused."""

import multiprocessing as mp


def worker(tasks, results):
    while True:
        task = tasks.get()
        if task is None:
            tasks.task_done()
            return
        results.put((task, task * task))
        if task < 3:
            tasks.put(task + 10)
        tasks.task_done()


def main():
    tasks, results = mp.JoinableQueue(), mp.SimpleQueue()
    workers = [mp.Process(target=worker, args=(tasks, results)) for _ in range(3)]
    for process in workers:
        process.start()
    for number in range(6):
        tasks.put(number)
    tasks.join()
    print("all done, nine results:")
    for pair in sorted(results.get() for _ in range(9)):
        print(*pair)
    print("results left:", not results.empty())
    for _ in workers:
        tasks.put(None)
    tasks.join()
    for process in workers:
        process.join()
    try:
        tasks.task_done()
    except ValueError as problem:
        print("refused:", problem)
    print("exit codes", [process.exitcode for process in workers])


if __name__ == "__main__":
    main()
