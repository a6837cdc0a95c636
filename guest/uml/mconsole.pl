#!/usr/bin/perl
# mconsole.pl SOCKET COMMAND: gives a command to the management console of a User Mode Linux and prints the answer.
# Its protocol is one datagram: magic, version, length and text; the answer is in pieces: error, more to come, length, text.
use strict;
use warnings;
use Socket;

my ($there, $command) = @ARGV;
my $here = "$there.$$";
END { unlink $here if defined $here }
$SIG{ALRM} = sub { die "no answer from $there\n" };
alarm 20;

socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
bind($socket, pack_sockaddr_un($here)) or die "$here: $!\n";
send($socket, pack('LLLa512', 0xcafebabe, 2, length $command, $command), 0, pack_sockaddr_un($there))
  or die "$there: $!\n";
while (1) {
  defined recv($socket, my $piece, 65536, 0) or die "$there: $!\n";
  my ($error, $more, $length) = unpack 'LLL', $piece;
  print substr $piece, 12, $length;
  exit($error ? 1 : 0) unless $more;
}
