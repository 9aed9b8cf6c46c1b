from minion.text import plain, without_controls


def test_an_escape_sequence_in_a_subject_is_shown_not_obeyed():
    assert plain("fix\x1b[2J\nline\x07 ä 書 \udcff") == "fix\\x1b[2J\\nline\\x07 ä 書 \\udcff"


def test_output_keeps_colours_but_cannot_move_the_cursor():
    green = "\x1b[1;32mok\x1b[0m"
    assert without_controls(green + "\x1b[2J\x1b[5A\tend\r") == green + "\tend"
    assert without_controls("\x1b]0;title\x07text\x1b") == "text"
