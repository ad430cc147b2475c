// A permalink's fragment never reaches the server: it is kept here for the way on.

document.querySelector("[name=next]").value += location.hash;
