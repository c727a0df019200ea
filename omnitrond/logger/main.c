/* omnitrond-logger: see dispatch.c for what it is. */
#include "omnitrond/logger/logger.h"
#include "omnitrond/proc.h"

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &logger_proc_ops));
}
