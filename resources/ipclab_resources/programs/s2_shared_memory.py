"""An Array and a Value lie in memory that both processes map: what one writes, the other reads."""

from multiprocessing import Array, Process, Value


def square(numbers, result, square_sum):
    for index, number in enumerate(numbers):
        result[index] = number * number
    square_sum.value = sum(result)
    print("result in p1:", result[:])
    print("square_sum in p1:", square_sum.value, flush=True)


if __name__ == "__main__":
    result = Array("i", 4)  # four C ints, all 0
    square_sum = Value("i")  # one C int, 0
    p1 = Process(target=square, args=([1, 2, 3, 4], result, square_sum), name="p1")
    p1.start()
    p1.join()
    print("result in the main program:", result[:])
    print("square_sum in the main program:", square_sum.value)
