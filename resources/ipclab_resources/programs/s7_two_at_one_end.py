"""Two processes write at the same end of a pipe at the same time: parts of their messages mix."""

from multiprocessing import Pipe, Process

SIZE = 100_000  # bytes; more than the system writes in one piece
COUNT = 200  # messages of each writer


def write(end, letter):
    for _ in range(COUNT):
        end.send_bytes(letter * SIZE)


def count_whole(end):
    whole = 0
    try:
        while len(set(end.recv_bytes(SIZE))) == 1:  # one letter alone
            whole += 1
    except EOFError:  # both writers have closed their end
        return f"Corruption was not shown in {whole} messages: that proves nothing."
    except OSError:  # what was read as a length is somebody's letters
        pass
    return f"Corrupted after {whole} whole messages."


if __name__ == "__main__":
    reading_end, writing_end = Pipe(duplex=False)
    writers = [Process(target=write, args=(writing_end, letter), name=letter.decode()) for letter in (b"A", b"B")]
    for writer in writers:
        writer.start()
    writing_end.close()
    print(count_whole(reading_end))
    for writer in writers:
        writer.terminate()  # one that is not read any more waits for ever
        writer.join()
