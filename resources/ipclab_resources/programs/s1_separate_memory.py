"""Two processes, two memories: what a worker appends, the main program never sees."""

from multiprocessing import Process

result = []


def square(numbers):
    for number in numbers:
        result.append(number * number)
    print("result in p1:", result, flush=True)


if __name__ == "__main__":
    p1 = Process(target=square, args=([1, 2, 3, 4],), name="p1")
    p1.start()
    p1.join()
    print("result in the main program:", result)
