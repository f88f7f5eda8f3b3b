/* test */
#include "common/arena.h"
int main(void)
{
    return 0;
}
