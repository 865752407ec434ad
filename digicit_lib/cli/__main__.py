from digicit_lib.cli import main

main()
